import { z } from "zod";

// Zod would try whether it may make code of text, which the page's policy refuses aloud. It asks this as schemas are made.
z.config({ jitless: true });
