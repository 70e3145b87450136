import { addressOf, type Params, refusedAs, send } from "./api.ts";

export interface ServerEvent {
  event: string;
  data: string;
}

/** Reads events as they come. `EventSource` can't send the token. @throws Refused */
export async function* readEvents(
  path: string,
  params: Params,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const response = await send(addressOf(path, params), { signal });
  if (!response.ok || response.body === null) throw refusedAs(response.status, (await response.json()).error);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) yield eventIn(block);
  }
}

function eventIn(block: string): ServerEvent {
  const lines = block.split("\n");
  const valuesOf = (field: string) =>
    lines.filter((line) => line.startsWith(`${field}: `)).map((line) => line.slice(field.length + 2));
  return { event: valuesOf("event")[0] ?? "message", data: valuesOf("data").join("\n") };
}
