// <time>: in the reader's zone, from the first look on. Pages that are fetched later come with theirs, from lib/page.js.
import { localTimes } from "./lib/local-time.js";

localTimes(document);
