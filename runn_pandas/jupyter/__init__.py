"""The account, a plan and a reconciliation as ipywidgets apps."""
