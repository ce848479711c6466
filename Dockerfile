# skb-mcp over Streamable HTTP, in an image without compiler, package manager or root.
#
#   docker build -t skb-mcp .
#   docker run --rm -p 8000:8000 --read-only skb-mcp
#
# Options go behind the image's name, in place of the last line: `skb-mcp serve --http --host 0.0.0.0
# --allowed-host skin.example.com`. A corpus of your own: -v /path/to/corpus:/corpus:ro -e SKB_MCP_CORPUS=/corpus

FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE hatch_build.py ./
COPY src src
COPY corpus corpus
# The virtual environment gets no pip of its own; the image's installs into it.
RUN python -m venv --without-pip /app \
    && pip --python /app install --no-cache-dir .

FROM python:3.13-slim
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s --retries=2 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
ENTRYPOINT ["skb-mcp"]
CMD ["serve", "--http", "--host", "0.0.0.0"]
