"""Where a host starts the server of the bundle: `uv run server.py`, which first installs what it needs."""

from skb_mcp.cli import main

raise SystemExit(main())
