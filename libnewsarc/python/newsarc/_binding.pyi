# SPDX-License-Identifier: BSD-2-Clause
# What make_binding.py writes.
from typing import Any

ffi: Any
version: str
