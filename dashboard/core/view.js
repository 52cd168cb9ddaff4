// The view library in one place: everything that draws imports from here, so that it can be changed in one place.
import { Component, createContext, h, render } from "../vendor/preact.mjs";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/hooks.mjs";
import htm from "../vendor/htm.mjs";

/** Templates as tagged text. Values become text nodes or attributes, never markup. */
export const html = htm.bind(h);

export { Component, createContext, h, render, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState };
