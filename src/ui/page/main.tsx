import "uplot/dist/uPlot.min.css";
import "./page.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { askAhead } from "./overview.ts";
import { knownToken, takeToken } from "./talk/token.ts";

takeToken();
if (knownToken() !== undefined) askAhead();
// Whoever opens the page again, at another server, brings another token.
addEventListener("hashchange", () => {
  takeToken();
  location.reload();
});
render(<App />, document.getElementById("page") as HTMLElement);
