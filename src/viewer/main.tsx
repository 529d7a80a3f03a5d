import { render } from "hono/jsx/dom";
import { App } from "./app.tsx";
import { watchIdleness } from "./session/idle.ts";
import { watchTabs } from "./session/tabs.ts";

const page = document.querySelector("#page");
if (page instanceof HTMLElement) render(<App />, page);
watchIdleness();
watchTabs();
