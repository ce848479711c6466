"""The MCP server: a finished `Library` behind six tools, resources, prompts and completions.

Both protocol eras are served by the SDK's low-level server, whose handlers leave errors, schemas
and results to us: an unknown tool is a protocol error, arguments are checked against what is
advertised, and the one text block equals the structured content.
"""

from __future__ import annotations

import logging
from typing import Any, NoReturn

import mcp.types as types
from mcp.server import CacheHint, Server, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from . import __version__
from .draining import Pending, Replies, Requests, standard_input
from .errors import RequestError, UnknownEntity
from .library import Library
from .models import ENTITY_TYPES, FOLDERS, Entity
from .prompts import PROMPTS, PromptSpec
from .refusals import all_text, grounded
from .replies import Envelope, to_dict, to_json
from .tools import INSTRUCTIONS, MAX_TEXT, TOOLS, ToolSpec, read_arguments, reply_schema, schema_of

__all__ = ["build_server", "serve_stdio"]

CORPUS_URI = "skb://corpus"
MARKDOWN = "text/markdown"
RESOURCES_PER_PAGE = 100
COMPLETIONS = 100
DAY = 24 * 60 * 60 * 1000
"""How long, in milliseconds, clients may keep what does not change while a server runs."""

logger = logging.getLogger(__name__)

Context = ServerRequestContext[Any, Any]


def build_server(library: Library) -> Server[Any]:
    """An MCP server over a library; run it with `serve_stdio` or hand it to `mcp.Client` in memory."""
    handlers = _Handlers(library)
    hint = CacheHint(ttl_ms=DAY, scope="public")
    server: Server[Any] = Server(
        "skb-mcp",
        version=__version__,
        title="Skin knowledge base",
        description="Skincare answers from reviewed pages, with sources to cite and when to see a clinician.",
        instructions=INSTRUCTIONS,
        website_url=library.manifest.canonical_base,
        cache_hints={
            "server/discover": hint,
            "tools/list": hint,
            "prompts/list": hint,
            "resources/list": hint,
            "resources/templates/list": hint,
            "resources/read": hint,
        },
        get_tool_input_schema=_in_no_header,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
        on_list_prompts=handlers.list_prompts,
        on_get_prompt=handlers.get_prompt,
        on_completion=handlers.complete,
    )
    server.middleware.append(handlers.ground_errors)
    return server


async def serve_stdio(server: Server[Any]) -> None:
    """Serve one client over stdin and stdout until stdin is closed and what was asked is answered."""
    async with stdio_server(stdin=standard_input()) as (read, write):
        pending = Pending()
        requests, replies = Requests(read, pending), Replies(write, pending)
        await server.run(requests, replies, server.create_initialization_options())


class _Handlers:
    """One method per request; each checks, makes one call and wraps what comes back."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._tools = {spec.name: spec for spec in TOOLS}
        self._prompts = {spec.name: spec for spec in PROMPTS}
        self._listed: list[types.Tool] | None = None

    # Tools

    async def list_tools(self, _: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        self._refuse_cursor(params)
        if self._listed is None:
            self._listed = [_tool(spec) for spec in TOOLS]
        return types.ListToolsResult(tools=self._listed)

    async def call_tool(self, _: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        spec = self._tools.get(params.name)
        if spec is None:
            self._refuse(f"no such tool; the tools are {', '.join(self._tools)}", params.arguments)
        values = to_dict(self._call(spec, params.arguments))
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=to_json(values))],
            structured_content=values,
            is_error=values["outcome"] == "error",
        )

    def _call(self, spec: ToolSpec, arguments: dict[str, Any] | None) -> Envelope:
        try:
            return spec.call(self._library, read_arguments(spec, arguments))
        except RequestError as error:
            return self._library.error(spec.reply, error, all_text(arguments))
        except Exception as error:
            # The type alone: a message or a traceback could hold what the user typed.
            logger.error("tool %s failed: %s", spec.name, type(error).__name__)
            problem = RequestError("this call failed inside the server", "the same call again, or another tool")
            try:
                return self._library.error(spec.reply, problem, all_text(arguments))
            except Exception:
                # The screen itself may be what failed; the caveat and a page to cite must still arrive.
                return self._library.error(spec.reply, problem)

    # Resources

    async def list_resources(
        self, _: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        pages = self._library.pages
        start = self._resource_offset(params, len(pages))
        shown = [_resource(page) for page in pages[start : start + RESOURCES_PER_PAGE]]
        more = start + RESOURCES_PER_PAGE < len(pages)
        first = [] if start else [_corpus_resource(self._library)]
        cursor = str(start + RESOURCES_PER_PAGE) if more else None
        return types.ListResourcesResult(resources=[*first, *shown], next_cursor=cursor)

    async def list_templates(
        self, _: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        self._refuse_cursor(params)
        templates = [
            types.ResourceTemplate(
                uri_template=f"skb://{FOLDERS[kind]}/{{slug}}",
                name=FOLDERS[kind],
                title=f"{kind} page",
                description=f"One {kind} page as Markdown, with the line to cite on top and the caveat at the end.",
                mime_type=MARKDOWN,
            )
            for kind in ENTITY_TYPES
        ]
        return types.ListResourceTemplatesResult(resource_templates=templates)

    async def read_resource(self, _: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        try:
            overview = params.uri == CORPUS_URI
            text = self._library.overview() if overview else self._library.read(params.uri)
        except UnknownEntity as error:
            near = f"; near: {', '.join(error.nearest)}" if error.nearest else ""
            self._refuse(f"no such resource{near}")
        content = types.TextResourceContents(uri=params.uri, mime_type=MARKDOWN, text=text)
        return types.ReadResourceResult(contents=[content])

    # Prompts and completions

    async def list_prompts(self, _: Context, params: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
        self._refuse_cursor(params)
        return types.ListPromptsResult(prompts=[_prompt(spec) for spec in PROMPTS])

    async def get_prompt(self, _: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        spec = self._prompts.get(params.name)
        if spec is None:
            self._refuse(f"no such prompt; the prompts are {', '.join(self._prompts)}", params.arguments)
        arguments = params.arguments or {}
        value = arguments.get(spec.argument, "")
        if set(arguments) != {spec.argument} or not 0 < len(value) <= MAX_TEXT:
            accepted = f"this prompt takes one argument, {spec.argument}: text of 1 to {MAX_TEXT} characters"
            self._refuse(accepted, arguments)
        try:
            text = spec.render(self._library, value)
        except RequestError as error:
            self._refuse(f"{error.message}; accepted: {error.accepted}", arguments)
        message = types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))
        return types.GetPromptResult(description=spec.description, messages=[message])

    async def complete(self, _: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
        values = self._completions(params.ref, params.argument.name, params.argument.value)
        completion = types.Completion(
            values=values[:COMPLETIONS], total=len(values), has_more=len(values) > COMPLETIONS
        )
        return types.CompleteResult(completion=completion)

    def _completions(
        self, ref: types.ResourceTemplateReference | types.PromptReference, name: str, prefix: str
    ) -> list[str]:
        if isinstance(ref, types.ResourceTemplateReference):
            folder = ref.uri.removeprefix("skb://").removesuffix("/{slug}")
            if folder not in FOLDERS.values() or ref.uri != f"skb://{folder}/{{slug}}" or name != "slug":
                self._refuse("no such resource template or argument")
            return self._library.slugs(folder, prefix)
        spec = self._prompts.get(ref.name)
        if spec is None or name != spec.argument:
            self._refuse("no such prompt or argument")
        return self._library.concern_names(prefix) if name == "concern" else []

    # Protocol errors: like every other answer they carry the caveat and a page to cite (G2)

    def _refuse(self, message: str, sent: object = None) -> NoReturn:
        raise self.protocol_error(types.INVALID_PARAMS, message, sent)

    def protocol_error(self, code: int, message: str, sent: object = None) -> MCPError:
        """A protocol error; a red flag in what was `sent` with the request still gets its referral."""
        text, data = grounded(self._library, message, sent)
        return MCPError(code=code, message=text, data=data)

    async def ground_errors(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Middleware: the SDK's own errors say what was wrong in our words, with the caveat and a page to cite."""
        try:
            return await call_next(ctx)
        except MCPError as error:
            if isinstance(error.error.data, dict) and "citations" in error.error.data:
                raise
            unknown = error.error.code == types.METHOD_NOT_FOUND
            message = "this server has no such method" if unknown else "the request is not valid"
            raise self.protocol_error(error.error.code, message, ctx.params) from None
        except ValidationError:
            raise self.protocol_error(types.INVALID_PARAMS, "the request is not valid", ctx.params) from None

    def _refuse_cursor(self, params: types.PaginatedRequestParams | None) -> None:
        if params and params.cursor is not None:
            self._refuse("this list has one page and takes no cursor")

    def _resource_offset(self, params: types.PaginatedRequestParams | None, total: int) -> int:
        cursor = params.cursor if params else None
        if cursor is None:
            return 0
        given = {str(offset): offset for offset in range(RESOURCES_PER_PAGE, total, RESOURCES_PER_PAGE)}
        if cursor not in given:
            self._refuse("the cursor is not one that an earlier page of this list gave")
        return given[cursor]


def _in_no_header(_: str) -> None:
    """The schema by which arguments are compared with headers, before every call over HTTP: none.

    No schema here has an `x-mcp-header`, which would repeat an argument in a header, and to walk through one in
    search of it takes a twentieth of a call.
    """


def _tool(spec: ToolSpec) -> types.Tool:
    return types.Tool(
        name=spec.name,
        title=spec.title,
        description=spec.description,
        input_schema=schema_of(spec.params),
        output_schema=reply_schema(spec.reply),
        annotations=types.ToolAnnotations(
            title=spec.title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )


def _resource(page: Entity) -> types.Resource:
    modified = page.date_modified.isoformat() if page.date_modified else None
    return types.Resource(
        uri=page.uri,
        name=page.slug,
        title=page.title,
        description=page.summary,
        mime_type=MARKDOWN,
        annotations=types.Annotations(last_modified=f"{modified}T00:00:00Z") if modified else None,
    )


def _corpus_resource(library: Library) -> types.Resource:
    return types.Resource(
        uri=CORPUS_URI,
        name="corpus",
        title=library.manifest.title,
        description="What this corpus covers, how it is reviewed, its version and licence.",
        mime_type=MARKDOWN,
    )


def _prompt(spec: PromptSpec) -> types.Prompt:
    argument = types.PromptArgument(name=spec.argument, description=spec.argument_description, required=True)
    return types.Prompt(name=spec.name, title=spec.title, description=spec.description, arguments=[argument])
