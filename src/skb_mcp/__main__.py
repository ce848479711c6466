"""`python -m skb_mcp` is `skb-mcp`."""

from .cli import main

raise SystemExit(main())
