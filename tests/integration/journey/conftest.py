"""What the whole journeys share."""

import pytest

pytest.register_assert_rewrite("tests.integration.books", "tests.integration.reported")
