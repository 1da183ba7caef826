"""What a process leaves in the pixels: pure functions from arrays to arrays or results.

Nothing here knows a file, a plot or a clock.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
