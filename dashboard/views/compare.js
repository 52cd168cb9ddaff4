import { html } from "../core/view.js"; export default () => html`<h1>soon</h1>`;
