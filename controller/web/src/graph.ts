// Entry point of the pages that draw graphs.

import { draw, follow } from "./plot";

for (const figure of document.querySelectorAll<HTMLElement>("[data-graph]")) void draw(figure);
follow();
