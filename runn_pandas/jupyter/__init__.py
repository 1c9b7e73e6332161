"""The account, a plan and a reconciliation as ipywidgets apps.

Each app is a package of three layers: its state (values), its app (what can be done, by a click
or from code) and its view (the widgets, with their markup). A view knows its app, not the other
way round; the package puts them together.
"""
