// The detector thread: permissions none. It owns a share of the profiles.

import { DETECTORS } from "./index.ts";
import { serve } from "./serve.ts";

serve(DETECTORS);
