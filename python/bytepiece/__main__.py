"""`python -m bytepiece` is the program `bytepiece`."""

import sys

from bytepiece.cli import main

sys.exit(main())
