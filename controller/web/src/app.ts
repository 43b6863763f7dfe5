// What every page does with script: keep itself up to date. The server sends finished HTML; without script everything
// but that still works.

import "htmx.org";
import { keepFresh } from "./live";

keepFresh(document.body.dataset["live"]?.split(" ").filter((topic) => topic !== "") ?? []);
