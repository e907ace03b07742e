"""`python -m onewindow.commands`: the same as `ow`, for children that must use this very interpreter."""

import sys

from onewindow.commands import main

sys.exit(main())
