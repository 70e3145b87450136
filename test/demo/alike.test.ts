import assert from "node:assert/strict";
import test from "node:test";
import { Alike } from "../../demo/recording/alike.ts";

const ERASE = "\r\u001b[2K";
const dim = (text: string) => `\u001b[2m${text}\u001b[22m`;
const status = (text: string) => `${ERASE}${dim(text)}`;
const end = (took: string, id: string) => dim(`${took}  102 in · 20 out tokens, $0.0008  ${id}`);

test("two runs of a turn are made equal: how long they took, their ids and their places", () => {
  const quick = [
    status("0:01  thinking"),
    status("0:01  Read /tmp/as-1/w/a.ts"),
    `${ERASE}Done in /tmp/as-1/w.\r\n${end("1.4 s", "20261127-200128-26826738")}\r\n`,
  ].join("");
  const slow = [
    ...["0:01  starting", "0:02  starting", "0:58  thinking", "0:59  thinking"].map(status),
    ...["0:59  Read /tmp/as-22/w/b.ts", "1:00  Read /tmp/as-22/w/a.ts", "1:01  thinking"].map(status),
    `${ERASE}Done in /tmp/as-22/w.\r\n${status("1:02  finishing")}`,
    `${ERASE}${end("1 min 3 s", "20270101-000000-ffffffff")}\r\n`,
  ].join("");
  const shows = [/^thinking$/, /a\.ts$/];
  const expected = [
    { printed: status("0:01  thinking"), afterMs: 1000 },
    { printed: status("0:01  Read /home/me/shop/a.ts"), afterMs: 600 },
    {
      printed: `${ERASE}Done in /home/me/shop.\r\n${end("2.2 s", "20260102-030401-0a1b2c01")}\r\n`,
      afterMs: 600,
    },
  ];
  assert.deepEqual(new Alike("/tmp/as-1/w", "/home/me/shop").eventsOf(quick, shows), expected);
  assert.deepEqual(new Alike("/tmp/as-22/w", "/home/me/shop").eventsOf(slow, shows), expected);
});

test("what must be seen and was not is an error", () => {
  const alike = new Alike("/tmp/place", "/home/me/shop");
  assert.throws(
    () => alike.eventsOf(`${status("0:01  starting")}${ERASE}Done.\r\n`, [/^thinking$/]),
    /No status line/,
  );
});

test("ids stay as different as they were", () => {
  const alike = new Alike("/tmp/place", "/home/me/shop");
  const [first, second] = ["20261127-200128-26826738", "20261127-200128-26826739"];
  const session = "b7a77fc1-e7e1-4ab0-a5b8-4724b67e1c7b";
  const [event] = alike.eventsOf(`${first} ${second} ${first} ${session}\r\n`, []);
  const printed = event !== undefined && "printed" in event ? event.printed : "";
  const [a, b, c, d] = printed.trimEnd().split(" ");
  assert.notEqual(a, b);
  assert.equal(a, c);
  assert.match(d ?? "", /^00000000-0000-4000-8000-000000000001$/);
});

test("an age keeps the width of its column", () => {
  const alike = new Alike("/tmp/place", "/home/me/shop");
  const [one] = alike.eventsOf("claude  just now   2\r\n", []);
  const [other] = alike.eventsOf("claude  12 s ago   2\r\n", []);
  const [later] = alike.eventsOf("claude  1 min ago  2\r\n", []);
  assert.deepEqual(other, one);
  assert.deepEqual(later, one);
});
