"""What each write means: a module for each part of the account, which registers its handlers."""

from runn_pandas.demo.routes.rules import (  # noqa: F401
    account_setup,
    actuals,
    assignments,
    contracts,
    custom_fields,
    people,
    project_setup,
    projects,
    single_rows,
    time_off,
    users,
)
