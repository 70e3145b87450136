import assert from "node:assert/strict";
import test from "node:test";
import { IdleWatch } from "../../../src/ui/server/idle.ts";

test("time without use counts from the end of the last use, and what is under way is use", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let idle = 0;
  const watch = new IdleWatch(1000, () => {
    idle += 1;
  });
  t.mock.timers.tick(900);
  const first = watch.begin();
  const second = watch.begin();
  t.mock.timers.tick(5000);
  first();
  t.mock.timers.tick(5000);
  assert.equal(idle, 0, "the second goes on");
  second();
  t.mock.timers.tick(999);
  assert.equal(idle, 0);
  t.mock.timers.tick(1);
  assert.equal(idle, 1);
});

test("a server that nobody has ever used is idle, too, and one that is stopped is not", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let idle = 0;
  const count = () => {
    idle += 1;
  };
  new IdleWatch(1000, count);
  new IdleWatch(1000, count).stop();
  t.mock.timers.tick(1000);
  assert.equal(idle, 1);
});
