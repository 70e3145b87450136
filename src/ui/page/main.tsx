import "uplot/dist/uPlot.min.css";
import "./page.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { takeToken } from "./talk/token.ts";

takeToken();
// Whoever opens the page again, at another server, brings another token.
addEventListener("hashchange", () => {
  takeToken();
  location.reload();
});
render(<App />, document.getElementById("page") as HTMLElement);
