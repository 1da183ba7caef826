"""Public names of `forensics.images`, each from its home."""

from .delivery.chains import chain_steps as chain_steps
from .delivery.chains import random_delivery as random_delivery
from .delivery.chains import usual_delivery as usual_delivery
from .delivery.deliver import Delivered as Delivered
from .delivery.deliver import crop_center as crop_center
from .delivery.deliver import resize_to_cover as resize_to_cover
from .delivery.resize import resized as resized
from .delivery.simulate import Simulated as Simulated
from .delivery.simulate import simulated as simulated
from .delivery.steps import Crop as Crop
from .delivery.steps import Jpeg as Jpeg
from .delivery.steps import Paste as Paste
from .delivery.steps import Png as Png
from .delivery.steps import Resize as Resize
from .delivery.steps import Webp as Webp
from .metadata import Provenance as Provenance
from .metadata import provenance as provenance
from .read import read_image as read_image
from .read import read_pixels as read_pixels
from .record import FileRecord as FileRecord
from .sources.find import find_images as find_images
