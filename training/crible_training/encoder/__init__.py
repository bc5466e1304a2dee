"""The encoder: base weights without a hub (``base``), training (``tune``), calibration (``ensemble``), ONNX
(``export``).

Needs the extra ``train``; nothing here is imported by what scores a tender.
"""
