import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { filmOf } from "../../demo/recording/film.ts";
import { formatRecording, parseRecording, type RecordedEvent } from "../../demo/recording/recording.ts";
import { SCENE } from "../../demo/recording/scene.ts";
import { svgOf } from "../../demo/recording/svg.ts";
import { REPOSITORY } from "../support/environment.ts";

const committed = readFileSync(join(REPOSITORY, "docs/recording.jsonl"), "utf8");
const draw = (...events: RecordedEvent[]) => svgOf(formatRecording({ columns: 40, events }));

/** Fails where a text is not XML, as far as we use it. */
function assertIsXml(text: string): void {
  const open: string[] = [];
  const rest = text.replaceAll(
    /<(\/?)(\w+)((?: [\w:-]+="[^"<]*")*)(\/?)>/g,
    (_, close, name, _attributes, alone) => {
      if (close !== "") assert.equal(open.pop(), name);
      else if (alone === "") open.push(name);
      return "";
    },
  );
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /[<>]|&(?!(?:amp|lt|gt|quot);)/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML may hold none of them
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
}

test("docs/recording.svg is what docs/recording.jsonl shows, small and on its own", () => {
  const svg = svgOf(committed);
  assert.equal(readFileSync(join(REPOSITORY, "docs/recording.svg"), "utf8"), svg, "run `npm run build`");
  assertIsXml(svg);
  assert.ok(Buffer.byteLength(svg) < 60_000);
  assert.doesNotMatch(svg, /<script|<image|href|url\(|@import|@font-face|\son\w+=/);
  assert.deepEqual(svg.match(/https?:[^"]*/g), ["http://www.w3.org/2000/svg"]);
});

test("docs/recording.jsonl is the scene, and short", () => {
  const recording = parseRecording(committed);
  assert.equal(formatRecording(recording), committed);
  const typed = recording.events.flatMap((event) => ("typed" in event ? event.typed : []));
  assert.deepEqual(
    typed,
    SCENE.map((step) => step.typed),
  );
  const film = filmOf(recording);
  assert.equal(film.typings.length, typed.length, "no command is longer than a row");
  assert.ok(film.end.fromMs < 25_000, `it plays for ${film.end.fromMs} ms`);
  assert.ok(film.rows <= 30);
});

test("the same recording makes the same picture, another one another", () => {
  const events: RecordedEvent[] = [{ typed: "one" }, { printed: "two\r\n", afterMs: 100 }];
  assert.equal(draw(...events), draw(...structuredClone(events)));
  assert.notEqual(draw(...events), draw({ typed: "one" }, { printed: "two\r\n", afterMs: 200 }));
});

test("what was printed is text, whatever it looks like", () => {
  const svg = draw({ typed: 'a <b> & "c" ]]>' }, { printed: "<script>&lt;'</script>\r\n", afterMs: 1 });
  assertIsXml(svg);
  assert.match(svg, />a &lt;b&gt; &amp; &quot;c&quot; \]\]&gt;<\/text>/);
  assert.match(svg, />&lt;script&gt;&amp;lt;'&lt;\/script&gt;<\/text>/);
});

test("colours, and characters of two columns", () => {
  const svg = draw(
    { typed: "x" },
    { printed: "\u001b[31mno\u001b[39m \u001b[2;3mdim\u001b[0m 漢!\r\n", afterMs: 1 },
  );
  assert.match(svg, /textLength="16.8" lengthAdjust="spacingAndGlyphs" class="red">no</);
  assert.match(svg, /class="dim italic">dim</);
  assert.match(svg, /x="76.8" y="\d+" textLength="16.8" lengthAdjust="spacingAndGlyphs">漢</);
  assert.match(svg, /x="93.6" y="\d+" textLength="8.4" lengthAdjust="spacingAndGlyphs">!</);
});

test("where nothing moves, the last screen is seen and nothing else", () => {
  const status = { printed: "\r\u001b[2Kworking", afterMs: 1000 };
  const svg = draw({ typed: "x" }, status, { printed: "\r\u001b[2Kdone\r\n", afterMs: 600 });
  assert.match(svg, /@media\(prefers-reduced-motion:reduce\)\{\*\{animation:none!important\}\}/);
  assert.match(svg, /<g class="gone m\d+"><text [^>]*>working<\/text><\/g>/);
  assert.match(svg, /<g class="m\d+"><text [^>]*>done<\/text><\/g>/);
  assert.match(svg, /<desc id="desc">\$ x\ndone\n\$<\/desc>/);
});

test("a command longer than a row is typed on the next one", () => {
  const { typings, shots } = filmOf({
    columns: 10,
    events: [{ typed: "abcdefghijkl" }, { printed: "x\r\n", afterMs: 1 }],
  });
  assert.deepEqual(
    typings.map(({ row, column, width }) => [row, column, width]),
    [
      [0, 2, 8],
      [1, 0, 4],
    ],
  );
  const [first, second] = typings;
  assert.equal(second?.waitsFromMs, first?.toMs);
  assert.equal(first?.doneMs, first?.toMs, "there is one cursor");
  const shotAt = (row: number) => shots.find((shot) => shot.row === row);
  assert.equal(shotAt(1)?.fromMs, second?.fromMs, "its second row is not there before");
});
