// The page of campaigns: all of one's own, or one of them, as the address says.

import "./shell.js";
import { showCampaign } from "./campaign.js";
import { showCampaigns } from "./campaign-list.js";
import { byId } from "./dom.js";

const id = Number(new URLSearchParams(location.search).get("id"));
const content = byId("content");
await (Number.isSafeInteger(id) && id > 0 ? showCampaign(content, id) : showCampaigns(content));
content.removeAttribute("aria-busy");
