// What can be read from user agents and makers' names.

import assert from "node:assert/strict";
import { isSafari, systemOf, systemOfMaker } from "../../detectors/user-agent.ts";

const CHROME_WINDOWS =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";
const SAFARI_MAC =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15";
const CHROME_ANDROID =
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36";

Deno.test("systems are read from the agents of browsers and of systems themselves", () => {
  assert.equal(systemOf(CHROME_WINDOWS), "Windows");
  assert.equal(systemOf("Mozilla/4.0 (compatible; MSIE 8.0; Win32; Trident/4.0)"), "Windows");
  assert.equal(systemOf("Microsoft NCSI"), "Windows");
  assert.equal(systemOf("Microsoft-CryptoAPI/10.0"), "Windows");
  assert.equal(systemOf(SAFARI_MAC), "Apple");
  assert.equal(systemOf("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15"), "Apple");
  assert.equal(systemOf("MobileAsset/1.1 CFNetwork/1410.0.3 Darwin/22.6.0"), "Apple");
  assert.equal(systemOf("server-bag [iPhone OS,14.4,18D52,iPhone12,1]"), "Apple");
  assert.equal(systemOf(CHROME_ANDROID), "Android");
  assert.equal(systemOf("Dalvik/2.1.0 (Linux; U; Android 9; SM-G960F Build/PPR1)"), "Android");
  assert.equal(systemOf("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36"), "Chrome OS");
  assert.equal(systemOf("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"), "Linux");
  assert.equal(systemOf("Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM) like iPhone"), "Windows");
});

Deno.test("agents that name no system say nothing, whatever letters they contain", () => {
  for (const agent of ["curl/8.4.0", "python-requests/2.31", "", "Darwinia/1.0", "kiosk/2", "Winamp/5", "machine/1"]) {
    assert.equal(systemOf(agent), undefined, agent);
  }
});

Deno.test("Safari is Safari alone: all others name it too", () => {
  assert.equal(isSafari(SAFARI_MAC), true);
  assert.equal(isSafari(CHROME_WINDOWS), false);
  assert.equal(isSafari(CHROME_ANDROID), false);
  assert.equal(
    isSafari("Mozilla/5.0 (iPhone) AppleWebKit/605.1 (KHTML) CriOS/120.0 Version/17 Mobile/15E148 Safari/604.1"),
    false,
  );
  assert.equal(
    isSafari("Mozilla/5.0 (Linux; U; Android 4.0) AppleWebKit/534.30 Version/4.0 Mobile Safari/534.30"),
    false,
  );
});

Deno.test("makers are known by the first word of their name", () => {
  assert.equal(systemOfMaker("Apple, Inc."), "Apple");
  assert.equal(systemOfMaker("Microsoft Corporation"), "Windows");
  assert.equal(systemOfMaker("Google, Inc."), "Android");
  for (const maker of ["Intel Corporate", "Pineapple Networks", "Applen GmbH", "Samsung Electronics Co.,Ltd"]) {
    assert.equal(systemOfMaker(maker), undefined, maker);
  }
});
