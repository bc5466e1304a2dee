"""``python -m crible_service``."""

from crible_service.command import main

if __name__ == "__main__":
    main()
