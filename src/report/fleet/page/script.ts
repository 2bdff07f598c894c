/**
 * The only script of the page: the table of all hosts, of which no more rows exist than can be seen. It reads the data
 * that stands in the page, writes text nodes, and asks nobody. SCRIPT_HASH is its SHA-256 for the page's content
 * security policy; a test recomputes it. Plain ES2020, because nothing translates it.
 */
export const SCRIPT = `
(() => {
  'use strict';
  const ROW = 34;
  const SPARE = 12;
  const at = (id) => document.getElementById(id);
  const { columns, values, rows } = JSON.parse(at('fleet').textContent);
  const text = (row, column) => (column === 0 ? row[0] : values[row[column]]);
  const tool = at('tool');
  const box = at('box');
  const view = at('view');
  const size = at('size');
  const grid = at('grid');
  const body = grid.tBodies[0];
  const status = at('count');
  const one = at('one');
  const heads = [...grid.querySelectorAll('th')];
  let shown = rows;
  let active = -1;
  let sort = { column: 0, down: false };
  let lower = null;
  tool.hidden = false;

  const clamp = (n, least, most) => Math.max(least, Math.min(n, most));
  const head = () => grid.tHead.offsetHeight;

  function draw() {
    const first = clamp(Math.floor(view.scrollTop / ROW) - SPARE, 0, Math.max(0, shown.length - 1));
    const last = Math.min(shown.length, Math.ceil((view.scrollTop + view.clientHeight) / ROW) + SPARE);
    const made = [];
    for (let i = first; i < last; i += 1) {
      const row = document.createElement('tr');
      row.id = 'row-' + i;
      row.setAttribute('aria-rowindex', String(i + 2));
      row.setAttribute('aria-selected', String(i === active));
      for (let c = 0; c < columns.length; c += 1) {
        const cell = document.createElement('td');
        cell.textContent = text(shown[i], c);
        if (columns[c].key === 'outcome') cell.className = shown[i][columns.length];
        row.append(cell);
      }
      made.push(row);
    }
    size.style.height = shown.length * ROW + head() + 'px';
    grid.style.top = first * ROW + 'px';
    grid.setAttribute('aria-rowcount', String(shown.length + 1));
    body.replaceChildren(...made);
    if (active >= first && active < last) grid.setAttribute('aria-activedescendant', 'row-' + active);
    else grid.removeAttribute('aria-activedescendant');
  }

  let asked = false;
  function soon() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  }

  function matches(words) {
    lower ??= rows.map((row) => columns.map((_, c) => text(row, c).toLowerCase()));
    const index = new Map(rows.map((row, i) => [row, i]));
    const keys = columns.map(({ key }) => key);
    const tests = words.map((word) => {
      const not = word.startsWith('-') && word.length > 1;
      const plain = not ? word.slice(1) : word;
      const colon = plain.indexOf(':');
      const column = colon > 0 ? keys.indexOf(plain.slice(0, colon)) : -1;
      const part = column >= 0 ? plain.slice(colon + 1) : plain;
      return (cells) => {
        const found = column >= 0 ? cells[column].includes(part) : cells.some((cell) => cell.includes(part));
        return found !== not;
      };
    });
    return rows.filter((row) => tests.every((test) => test(lower[index.get(row)])));
  }

  function order() {
    const { column, down } = sort;
    const way = down ? -1 : 1;
    shown = [...shown].sort((a, b) => {
      const [x, y] = [text(a, column), text(b, column)];
      return (x < y ? -way : x > y ? way : 0) || (a[0] < b[0] ? -1 : 1);
    });
    heads.forEach((cell, c) => {
      if (c === column) cell.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      else cell.removeAttribute('aria-sort');
    });
  }

  function search() {
    const words = box.value.toLowerCase().split(/\\s+/).filter((word) => word !== '');
    shown = words.length === 0 ? rows : matches(words);
    active = -1;
    one.replaceChildren();
    order();
    status.textContent = words.length === 0 ? rows.length + ' hosts' : shown.length + ' of ' + rows.length + ' hosts';
    view.scrollTop = 0;
    draw();
  }

  function go(to) {
    if (shown.length === 0) return;
    active = clamp(to, 0, shown.length - 1);
    const top = active * ROW;
    const room = view.clientHeight - head();
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + ROW > view.scrollTop + room) view.scrollTop = top + ROW - room;
    draw();
  }

  function open() {
    const row = shown[active];
    if (row === undefined) return;
    const list = document.createElement('dl');
    list.className = 'kv';
    columns.forEach(({ title }, c) => {
      const [name, value] = [document.createElement('dt'), document.createElement('dd')];
      name.textContent = title;
      value.textContent = text(row, c) || 'none';
      list.append(name, value);
    });
    one.replaceChildren(list);
  }

  box.addEventListener('input', search);
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      box.value = '';
      search();
    } else if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault();
      grid.focus();
      go(Math.max(0, active));
    }
  });
  view.addEventListener('scroll', soon, { passive: true });
  addEventListener('resize', soon);
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target === box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
  grid.addEventListener('keydown', (event) => {
    if (event.target !== grid) return;
    const page = Math.max(1, Math.floor(view.clientHeight / ROW) - 2);
    const steps = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: shown.length - 1 };
    if (Object.hasOwn(steps, event.key)) go(steps[event.key]);
    else if (event.key === 'Enter') open();
    else if (event.key === 'Escape') box.focus();
    else return;
    event.preventDefault();
  });
  body.addEventListener('click', (event) => {
    const row = event.target.closest('tr');
    if (row === null) return;
    go(Number(row.id.slice(4)));
    open();
  });
  heads.forEach((cell, c) => {
    cell.firstElementChild.addEventListener('click', () => {
      sort = { column: c, down: sort.column === c && !sort.down };
      order();
      active = -1;
      draw();
    });
  });
  search();
})();
`;

/** SHA-256 of SCRIPT, base64: the only script that the page's policy lets run. */
export const SCRIPT_HASH = '+TSViTKRC7IMLTdGFHR39N6KWV9nvRceF43wk6N0jGg=';
