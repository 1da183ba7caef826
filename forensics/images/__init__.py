"""Pictures in files: the only floor that opens them.

`sources` finds pictures in folders and `archives`, `decode` turns their bytes
into pixels, `record` says what the file told about itself, `delivery` does to
pixels what happens to a picture on its way. Importing this package loads
neither NumPy nor Pillow: take what you need from the modules themselves.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
