// Log text that tries to become more than text: markup, scripts, terminal codes, text that runs the other way, endless lines.
const CANARY = "http://canary.example.com";

export const PAYLOADS = [
  `<script>fetch("${CANARY}/script")</script>`,
  `<img src=x onerror="fetch('${CANARY}/img')">`,
  `<svg/onload=document.title='owned'>`,
  `"><iframe src="${CANARY}/frame"></iframe>`,
  `<link rel=stylesheet href="${CANARY}/style.css">`,
  `<style>@import url("${CANARY}/import.css");*{display:none!important}</style>`,
  `<base href="${CANARY}/">`,
  `<meta http-equiv="refresh" content="0;url=${CANARY}/refresh">`,
  `javascript:alert(1)`,
  `<a href="javascript:document.title='owned'">click</a>`,
  `<form action="${CANARY}/form"><input name=a autofocus onfocus=document.title='owned'></form>`,
  `<details open ontoggle=document.title='owned'>`,
  `<video src="${CANARY}/video"></video><audio src="${CANARY}/audio"></audio>`,
  `<object data="${CANARY}/object"></object><embed src="${CANARY}/embed">`,
  `<template><script>document.title='owned'</script></template>`,
  `{{constructor.constructor('document.title=\\'owned\\'')()}}`,
  "${document.title='owned'}",
  `';document.title='owned';//`,
  `\`;document.title='owned';//`,
  `</script><script>document.title='owned'</script>`,
  `<!--<script>--><script>document.title='owned'</script>`,
  `]]><script>document.title='owned'</script>`,
  `&lt;script&gt;document.title='owned'&lt;/script&gt;`,
  `data:text/html,<script>document.title='owned'</script>`,
  `\u001b]0;owned\u0007\u001b[31mred\u001b[0m \u001b[2J\u001b[1A\u001b[2K`,
  `\u001b]8;;${CANARY}/osc\u0007link\u001b]8;;\u0007`,
  `\u0000\u0001\u0002\u0008\u007f\u0085\u009b31m`,
  `\u202egnp.exe\u202c \u2066isolate\u2069`,
  `مرحبا بالعالم שלום עולם`,
  `👩‍👩‍👧‍👦🏳️‍🌈🇩🇪👍🏽 ${"🔥".repeat(40)}`,
  `Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞`,
  `zero\u200bwidth\u200cjoin\u200der\ufeff`,
  `\ud800 lone surrogate`,
  "A".repeat(20000),
  `${"word ".repeat(4000)}`,
  `${"x-".repeat(3000)}`,
  `line one\nline two\r\nline three\u2028four\u2029five`,
  `\t\t\tindented\t\ttabs`,
  `=cmd|'/C calc'!A0`,
  `__proto__ constructor toString`,
];

/** A copy in which every text that comes from a log is a payload. */
export function poisoned(recorded) {
  let turn = 0;
  const next = () => PAYLOADS[turn++ % PAYLOADS.length];
  const named = () => next().slice(0, 300);
  for (const part of recorded) {
    for (const incident of part.incidents) {
      incident.title = `Rare error in ${named()}`;
      incident.streams = [named(), named()];
      for (const cause of incident.causes) Object.assign(cause, { message: next(), file: named(), why: next(), before: [next(), next()], after: [next(), next()] });
      for (const step of incident.story) Object.assign(step, { sentence: next(), file: named(), stream: named() });
    }
    for (const finding of part.findings) {
      Object.assign(finding, { message: next(), template: next(), explanation: next(), stream: named(), file: named() });
      for (const one of finding.evidence) one.sentence = next();
    }
    for (const template of part.templates) {
      template.template = next();
      for (const slot of template.slots) for (const value of slot.top) value.value = next();
    }
    part.input.name = named();
  }
  return recorded;
}
