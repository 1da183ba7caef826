"""How Sphinx builds these pages; nothing here asks any network.

python -m sphinx -W --keep-going docs build/docs
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

from docutils.nodes import literal, literal_block  # noqa: E402
from reference import FLOORS, write_pages  # noqa: E402
from sphinx.addnodes import pending_xref, seealso  # noqa: E402

import forensics  # noqa: E402

write_pages(DOCS / "generated")
for notebook in sorted(DOCS.parent.glob("notebooks/*.ipynb")):
    # Their links lead to these pages from where they lie.
    text = notebook.read_text().replace("](../docs/", "](../")
    (DOCS / "generated" / notebook.name).write_text(text)

project = "catforensics"
author = "The catforensics authors"
copyright = "2026, the catforensics authors"
release = version = forensics.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["figures"]

# The notebooks are shown as they were committed; nbmake runs them.
nb_execution_mode = "off"
myst_heading_anchors = 3

# Types stand in the docstrings, with shapes and units, which annotations cannot say.
autodoc_typehints = "none"
autodoc_class_signature = "separated"
autodoc_default_options = {"members": True, "exclude-members": "__new__, __init__"}
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_preprocess_types = False

smartquotes = False  # --json is an option, not a dash

html_theme = "pydata_sphinx_theme"
html_title = "catforensics"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_nav_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "header_links_before_dropdown": 10,
    "footer_start": ["copyright"],
    "footer_end": [],
}


PUBLIC = {
    name: f"{door}.{name}"
    for door in (*(f"forensics.{floor}" for floor in FLOORS), "forensics")  # the front door wins
    for name in import_module(door).__all__
}
"""Where each public name is documented, whatever module it is written in."""


def neighbours_are_links(_app: Any, tree: Any) -> None:
    """Have See Also lead to where a name is documented, and take links off words in types.

    Sphinx finds words like "shape" as somebody's attribute.
    """
    links = [link for link in tree.findall(pending_xref) if link.get("refdomain") == "py"]
    neighbours = {id(link) for box in tree.findall(seealso) for link in box.findall(pending_xref)}
    for link in links:
        target = link["reftarget"]
        if id(link) in neighbours:
            name = target.rpartition(".")[2]
            link["reftarget"] = PUBLIC.get(name, target)
            link.replace(link[0], literal("", name, classes=["xref", "py", "py-obj"]))
        elif target.islower():
            link.replace_self(link.children)


def sentences_are_wrapped(_app: Any, tree: Any) -> None:
    """Mark sentences that a command printed: only columns have two blanks in a row."""
    for block in tree.findall(literal_block):
        if block.get("language") == "text" and not re.search(r"\S {2,}", block.astext()):
            block["classes"].append("wrapped")


def setup(app: Any) -> None:
    """Have it done to every page that is read."""
    app.connect("doctree-read", neighbours_are_links)
    app.connect("doctree-read", sentences_are_wrapped)
