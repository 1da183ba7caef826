"""The front door as type checkers see it: every public name, from its home."""

from . import detection as detection
from . import engine as engine
from . import errors as errors
from . import images as images
from . import traces as traces
from . import views as views
from .detection.classifier.train import train as train
from .detection.evaluation.audit import audit as audit
from .detection.evaluation.evaluate import evaluate as evaluate
from .detection.verdict.model_file import load_model as load_model
from .detection.verdict.model_file import save_model as save_model
from .engine.blend import load_blend as load_blend
from .engine.blend import load_reference as load_reference
from .engine.blend import save_blend as save_blend
from .engine.fingerprint_making import make_fingerprints as make_fingerprints
from .engine.fingerprints import load_library as load_library
from .errors import ForensicsError as ForensicsError
from .errors import ImageReadError as ImageReadError
from .errors import ParameterError as ParameterError
from .images.metadata import provenance as provenance
from .images.read import read_image as read_image
from .images.read import read_pixels as read_pixels
from .images.sources.find import find_images as find_images
from .traces.color import color_distance as color_distance
from .traces.periods import Period as Period
from .traces.periods import banding as banding
from .traces.periods import period_test as period_test
from .traces.profiles import LineProfile as LineProfile
from .traces.profiles import line_profile as line_profile
from .traces.profiles import line_profiles as line_profiles
from .verbs import Blend as Blend
from .verbs import Comparison as Comparison
from .verbs import Inspection as Inspection
from .verbs import Inspections as Inspections
from .verbs import Profile as Profile
from .verbs import blend as blend
from .verbs import classify as classify
from .verbs import compare as compare
from .verbs import deliver as deliver
from .verbs import inspect as inspect
from .verbs import profile as profile
from .verbs import simulate as simulate
from .views.figures import show_blend as show_blend
from .views.figures import show_distance as show_distance

__version__: str
