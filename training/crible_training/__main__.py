from crible_training.cli import main

main()
