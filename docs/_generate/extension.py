"""What the site needs of Sphinx beyond its extensions: names as people write them, and linked."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.osutil import relative_uri

from runn_pandas import errors

# Where a name is -> as people write it.
SPELLED = {"RunnAccessor.": "df.runn.", "runn_pandas.errors.": "rp.errors.", "runn_pandas.": "rp."}
# Code that is the name of something public, or a call of it; a method of any frame's too.
NAMED = re.compile(
    rf"(?:rp\.[\w.]+|(?:\w*\.)?runn\.\w+|pd\.read_runn|{'|'.join(errors.__all__)})(?:\(.*\))?", re.S
)
NO_LINK = (nodes.reference, nodes.title, addnodes.pending_xref, addnodes.desc_signature)


def shorten(app: Sphinx, tree: nodes.document) -> None:
    """Head each function with the name that a user types."""
    for signature in tree.findall(addnodes.desc_signature):
        for ahead in signature.findall(addnodes.desc_addname):
            said = ahead.astext()
            full = next((full for full in SPELLED if said.startswith(full)), None)
            if full:
                ahead.children = [nodes.Text(SPELLED[full] + said.removeprefix(full))]


def link_names(app: Sphinx, tree: nodes.document) -> None:
    """Make a reference of each public name that a text has as code."""
    for code in list(tree.findall(nodes.literal)):
        if NAMED.fullmatch(code.astext()) and not _is_within(code, NO_LINK):
            reference = addnodes.pending_xref(
                "", refdomain="py", reftype="obj", reftarget=code.astext(), refexplicit=True
            )
            reference["refdoc"] = app.env.docname
            reference["py:module"] = reference["py:class"] = None
            code.replace_self(reference)
            reference += code


def link_pictures(app: Sphinx, tree: nodes.document, docname: str) -> None:
    """Lead from each picture to the same alone, which can be made larger."""
    folder = relative_uri(app.builder.get_target_uri(docname), "_images")
    for picture in list(tree.findall(nodes.image)):
        _, file = app.env.images.get(picture["uri"], (None, ""))
        if file and not _is_within(picture, (nodes.reference,)):
            link = nodes.reference("", "", refuri=f"{folder}/{file}", classes=["picture"])
            link["internal"], link["reftitle"] = True, "The picture alone"
            picture.replace_self(link)
            link += picture


def _is_within(node: nodes.Node, kinds: tuple[type[nodes.Node], ...]) -> bool:
    above = node.parent
    while above is not None and not isinstance(above, kinds):
        above = above.parent
    return above is not None


def find(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.Node
) -> nodes.Node | None:
    """Lead a name in single backticks to its page, if it is public; leave it as code else."""
    if node.get("refdomain") != "py" or node.get("reftype") != "obj":
        return None
    domain: Any = env.get_domain("py")
    bare = node["reftarget"].partition("(")[0]
    bare = re.sub(r"^(\w*\.)?runn\.", "accessor.RunnAccessor.", bare)
    bare = re.sub(r"^(rp|pd|runn_pandas)\.", "", bare)
    for name in (f"runn_pandas.{bare}", f"runn_pandas.errors.{bare}"):
        if name in domain.objects:
            return domain.resolve_xref(  # type: ignore[no-any-return]
                env, node["refdoc"], app.builder, "obj", name, node, content
            )
    return content


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect these to a build."""
    app.add_lexer("csv", TextLexer)
    app.connect("doctree-read", shorten)
    app.connect("doctree-read", link_names)
    app.connect("doctree-resolved", link_pictures)
    app.connect("missing-reference", find)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
