// Text of logs, which is foreign: what of it cannot be seen, and what of a template varies.

/** Controls, marks of direction and of no width, fillers, and halves of signs: they are shown by their number. */
export const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\u{e0000}-\u{e0fff}]/gu;

/** The number of a sign, in hexadecimal. */
export const codeOf = (sign) => sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");

/** A template in pieces: words, slot, words, slot, …, words; a slot has its angles. */
export const slotted = (text) => String(text ?? "").split(/(<[a-z-]{1,24}>)/);
