"""Which of a file's texts a generator wrote, by the shapes and names they are known to use.

Names count only where programs put their own; a caption may speak of
anything. Every shape was looked up in the source of the program that writes
it, or in files described by others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from forensics.images.metadata.fields import Entry

__all__ = [
    "GeneratorText",
    "generator_texts",
]


@dataclass(frozen=True, slots=True)
class GeneratorText:
    """Text in a file that points to a generator.

    Anybody can write such a text, and most platforms remove it: a lead, never
    a part of the score.

    Parameters
    ----------
    maker : str
        What it points to: a program, a service, or "a generator" where only the key tells.
    place, key, text : str
        Place, name and text of the `Entry` that it was found in.

    Examples
    --------
    >>> GeneratorText("ComfyUI", "PNG text", "prompt", "{…}").maker
    'ComfyUI'
    """

    maker: str
    place: str
    key: str
    text: str


_SHAPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("SwarmUI", (r'"sui_image_params"',)),
    ("Fooocus", (r'"metadata_scheme"\s*:\s*"fooocus"|"Version"\s*:\s*"Fooocus',)),
    ("ComfyUI", (r'"class_type"\s*:',)),
    ("Stable Diffusion web UI", (r"\bSteps: \d{1,4},", r"\b(?:Sampler|CFG scale|Seed): ")),
    ("Midjourney", (r"\bJob ID: [0-9a-f]{8}-[0-9a-f]{4}-",)),
    ("NovelAI", (r"\bNovelAI (?:generated|Diffusion)",)),
    (
        "the label that China requires of generators (GB 45438)",
        (r'"AIGC"\s*:\s*\{|^\{.{0,400}"(?:ContentProducer|ProduceID)"',),
    ),
)
"""A text is of a maker if all of its patterns occur; the web UI's relatives write like it."""

_KEYS = {
    "invokeai_metadata": "InvokeAI",
    "invokeai_graph": "InvokeAI",
    "invokeai_workflow": "InvokeAI",
    "sd-metadata": "InvokeAI",
    "Dream": "InvokeAI",
    "fooocus_scheme": "Fooocus",
    "generation_data": "TensorArt",
    "hf-job-id": "a computation at Hugging Face",
    "AISystemUsed": "an AI system, in the field that the IPTC has for it",
    "AISystemVersionUsed": "an AI system, in the field that the IPTC has for it",
    "AIPromptInformation": "an AI system, in the field that the IPTC has for it",
    "AIGC": "the label that China requires of generators (GB 45438)",
    "genAIType": "a generative editing tool of Samsung's",
    "workflow": "ComfyUI",
    **dict.fromkeys(
        ("stealth_pnginfo", "stealth_pngcomp", "stealth_rgbinfo", "stealth_rgbcomp"),
        "a generator that hides its settings in the pixels",
    ),
}
_LIKELY_KEYS = ("parameters", "prompt", "negative_prompt", "Negative Prompt")
"""Of PNG texts: nothing but generators is known to use them."""

_NAMES = {
    "OpenAI": r"OpenAI|ChatGPT|DALL[-·•]?E\b|GPT[- ]?(?:4o|image)",
    "Google AI": r"Google AI|Google Gemini|^Gemini \d|Google Imagen|^Imagen[- ]?\d|Nano Banana",
    "Midjourney": r"Midjourney",
    "Adobe Firefly": r"Adobe Firefly|\bFirefly (?:Image|\d)",
    "ComfyUI": r"ComfyUI",
    "Stable Diffusion": (
        r"Stable[ _-]?Diffusion|AUTOMATIC1111|\bSD\.?Next\b|DreamStudio|Stability AI|\bSDXL\b"
    ),
    "InvokeAI": r"Invoke ?AI",
    "NovelAI": r"NovelAI",
    "Fooocus": r"Fooocus",
    "SwarmUI": r"SwarmUI",
    "Draw Things": r"\bDraw Things\b",
    "FLUX (Black Forest Labs)": r"Black Forest Labs|\bflux\.?1|;flux\b",
    "Ideogram": r"^Ideogram|Ideogram[. ]AI\b",
    "Leonardo.Ai": r"Leonardo[. ]?AI\b",
    "Microsoft's image creator": r"Bing Image Creator|Microsoft Designer",
    "Meta AI": r"\bMeta AI\b|Imagined with AI",
    "Grok (xAI)": r"^Grok\b|\bxAI\b",
    "Recraft": r"\bRecraft\b",
    "Krea": r"\bkrea\.?ai\b",
    "Playground AI": r"\bPlayground ?AI\b|playground\.com",
    "NightCafe": r"NightCafe",
    "Craiyon": r"Craiyon",
    "Luma AI": r"\bLuma ?AI\b|lumalabs",
    "fal": r"\bfal[.-]ai\b",
    "Seedream or Doubao (ByteDance)": r"\bSeedream\b|\bDoubao\b|\bDreamina\b|\bJimeng\b",
    "Apple's Clean Up": r"Apple Photos Clean Up",
    "This Person Does Not Exist": r"this\w+doesnotexist",
    "StyleGAN": r"\bStyleGAN",
}
"""A word that is also a name of people or of other things counts only in its product's form."""
_NAME = "|".join(f"(?P<n{i}>{pattern})" for i, pattern in enumerate(_NAMES.values()))
"""Not compiled before there is a text to search: that takes longer than to read most pictures."""
_MAKERS = tuple(_NAMES)
_ANY_GENERATOR = re.compile(
    r"\bAI[- ]generated\b|\btxt2img\b|\bimg2img\b|\b(?:made|generated|created) with AI\b",
    re.IGNORECASE,
)
_NAMING_KEYS = frozenset(
    {
        "Software", "ProcessingSoftware", "HostComputer", "Make", "Model", "Artist", "Author",
        "CreatorTool", "softwareAgent", "Credit", "Source", "creator", "By-line", "XPAuthor",
        "OriginatingProgram", "Generator",
    }
)  # fmt: skip
"""Where programs put their own name."""
_SAYS_SO = re.compile(
    r"\b(?:made|generated|created|imagined|edited|produced)\s(?:with|by|using|in|on)\s(.{0,40})",
    re.IGNORECASE,
)
_NAME_WITHIN, _SAID_WITHIN = 512, 4096
"""Characters that are searched for names: a program's own field is short, a caption is not."""

_XAI_SIGNATURE = re.compile(r"Signature: ?[A-Za-z0-9+/=]{64}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SIGNED_PAIRS = {
    "ImageDescription": "Artist",
    "description": "creator",
    "Description": "Author",
    "Caption": "By-line",
}


def generator_texts(entries: Iterable[Entry]) -> tuple[GeneratorText, ...]:
    r"""Texts that point to a generator, each once, in the order of the file.

    Parameters
    ----------
    entries : iterable of Entry
        All texts of one file.

    Returns
    -------
    tuple of GeneratorText
        Each with the generator that it points to.

    Examples
    --------
    >>> entry = Entry("PNG text", "parameters", "a cat\nSteps: 20, Sampler: Euler a")
    >>> generator_texts([entry])[0].maker
    'Stable Diffusion web UI'
    >>> generator_texts([Entry("EXIF", "ImageDescription", "a visit to OpenAI")])
    ()
    """
    entries = tuple(entries)
    signed = _signed_by_xai(entries)
    found: dict[tuple[str, str, str], GeneratorText] = {}
    for entry in entries:
        maker = "Grok (xAI)" if entry in signed else _maker(entry)
        if maker:
            text = GeneratorText(maker, entry.place, entry.key, entry.text)
            found.setdefault((maker, entry.place, entry.key), text)
    return tuple(found.values())


def _maker(entry: Entry) -> str:
    for maker, patterns in _SHAPES:
        if all(re.search(pattern, entry.text, re.DOTALL) for pattern in patterns):
            return maker
    if entry.key in _KEYS:
        return _KEYS[entry.key]
    # ComfyUI writes these two into the EXIF tags of make and model, for want of others.
    if re.match(r"(?:prompt|workflow):\{", entry.text):
        return "ComfyUI"
    if named := _named_in(entry):
        return named
    likely = entry.place == "PNG text" and entry.key in _LIKELY_KEYS
    return "a generator" if likely or _ANY_GENERATOR.search(entry.text, 0, _SAID_WITHIN) else ""


def _named_in(entry: Entry) -> str:
    if entry.key in _NAMING_KEYS:
        return _name_in(entry.text[:_NAME_WITHIN])
    said = _SAYS_SO.finditer(entry.text, 0, _SAID_WITHIN)
    return next(filter(None, (_name_in(one[1]) for one in said)), "")


def _name_in(text: str) -> str:
    name = re.search(_NAME, text, re.IGNORECASE)
    return _MAKERS[int(str(name.lastgroup)[1:])] if name else ""


def _signed_by_xai(entries: tuple[Entry, ...]) -> set[Entry]:
    # Neither half is rare by itself; together they are this service's own way.
    signed: set[Entry] = set()
    for entry in entries:
        if entry.key in _SIGNED_PAIRS and _XAI_SIGNATURE.match(entry.text):
            partner = (entry.place, _SIGNED_PAIRS[entry.key])
            artists = [one for one in entries if (one.place, one.key) == partner]
            if any(_UUID.fullmatch(one.text) for one in artists):
                signed.add(entry)
    return signed
