/** The frame of every HTML file of ours: nothing is loaded, and a policy of the file's own says so to the browser. */
import { html, type Markup } from './markup.js';

export interface Page {
  readonly title: string;
  /** Content-Security-Policy. */
  readonly policy: string;
  /** The one style sheet; the policy names it by its digest. */
  readonly style: string;
  readonly body: Markup;
}

export function htmlPage({ title, policy, style, body }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
${html`<title>${title}</title>`.source}
<style>${style}</style>
</head>
<body>
${body.source}
</body>
</html>
`;
}
