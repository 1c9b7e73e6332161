"""What the site needs of Sphinx beyond its extensions: names as people write them."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# Where a name is -> as people write it.
SPELLED = {"RunnAccessor.": "df.runn.", "runn_pandas.errors.": "rp.errors.", "runn_pandas.": "rp."}


def shorten(app: Sphinx, tree: nodes.document) -> None:
    """Head each function with the name that a user types."""
    for signature in tree.findall(addnodes.desc_signature):
        for ahead in signature.findall(addnodes.desc_addname):
            said = ahead.astext()
            for full, short in SPELLED.items():
                if said.startswith(full):
                    ahead.children = [nodes.Text(short + said.removeprefix(full))]
                    break


def find(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.Node
) -> nodes.Node | None:
    """Lead a name in single backticks to its page, if it is public; leave it as code else."""
    if node.get("refdomain") != "py" or node.get("reftype") != "obj":
        return None
    domain: Any = env.get_domain("py")
    target = node["reftarget"]
    bare = target.partition("(")[0].removeprefix("rp.").removeprefix("runn_pandas.")
    bare = bare.replace("df.runn.", "accessor.RunnAccessor.")
    for name in (f"runn_pandas.{bare}", f"runn_pandas.errors.{bare}"):
        if name in domain.objects and env.current_document is not None:
            found = domain.resolve_xref(
                env, node["refdoc"], app.builder, "obj", name, node, content
            )
            if found is not None:
                return found
    return content


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect these to a build."""
    app.add_lexer("csv", TextLexer)
    app.connect("doctree-read", shorten)
    app.connect("missing-reference", find)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
