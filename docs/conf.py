"""How Sphinx builds the site. ``python -m docs.build`` is the command; it stages the sources."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import runn_pandas  # noqa: E402

project = "runn_pandas"
author = "The runn_pandas contributors"
copyright = author
version = release = runn_pandas.__version__

extensions = [
    "sphinx.ext.autodoc",
    "numpydoc",
    "myst_nb",
    "sphinx_design",
    "docs._generate.extension",
]
root_doc = "index"
source_suffix = {".md": "myst-nb", ".rst": "restructuredtext", ".ipynb": "myst-nb"}
nitpicky = True
default_role = "py:obj"

# Signatures are short: what a parameter is, its description says.
autodoc_typehints = "none"
autodoc_preserve_defaults = True
autodoc_docstring_signature = False
python_use_unqualified_type_names = True
toc_object_entries = True
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 4
# The notebooks' stored outputs are shown, as pictures where there are some: nothing is executed,
# and nothing that is shown needs a script from elsewhere.
nb_execution_mode = "off"
nb_mime_priority_overrides = [
    ("html", "image/svg+xml", 0),
    ("html", "image/png", 1),
    ("html", "text/html", 5),
]
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
nb_number_source_lines = False

templates_path = [str(HERE / "_templates")]
html_theme = "pydata_sphinx_theme"
html_title = "runn_pandas"
html_static_path = [str(HERE / "_static")]
html_css_files = ["site.css"]
html_favicon = str(HERE / "_static" / "logo.svg")
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {
    "logo": {
        "text": "runn_pandas",
        "image_light": "_static/logo.svg",
        "image_dark": "_static/logo.svg",
    },
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "show_toc_level": 2,
    "show_nav_level": 1,
    "show_prev_next": True,
    "footer_start": ["site-version"],
    "footer_end": [],
    "back_to_top_button": True,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
# One page without others beside it has no list of them.
html_sidebars = {"getting-started": []}
html_context = {"default_mode": "auto"}
