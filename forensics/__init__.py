"""Show, with evidence, that a picture came out of a generator.

The front door: every public name, loaded when it is first used, so that
``import forensics`` and ``catforensics --help`` cost next to nothing.

Examples
--------
>>> import forensics as cf
>>> from skimage.data import chelsea
>>> profile = cf.line_profile(chelsea(), axis="rows", kind="second")
>>> cf.period_test(profile)[0].p_value > 0.01
True
"""

import lazy_loader

__version__ = "0.2.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
