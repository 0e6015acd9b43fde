const ESCAPES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', '\r': '&#13;' };
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const LAST_CODE_POINT = 0x10ffff;

export const escapeXml = (text: string): string => text.replace(/[<>&"\r]/g, (character) => ESCAPES[character] ?? character);

const unescapeXml = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    const code = hex !== undefined ? parseInt(hex, 16) : decimal !== undefined ? parseInt(decimal, 10) : undefined;
    if (code !== undefined) return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : whole;
    return ENTITIES[name ?? ''] ?? whole;
  });

/** One element around text; nothing where there is no value. */
export const textElement = (name: string, value: string | number | boolean | undefined): string =>
  value === undefined ? '' : `<${name}>${escapeXml(String(value))}</${name}>`;

/** One element around markup that is already XML. */
export const element = (name: string, ...content: readonly string[]): string => `<${name}>${content.join('')}</${name}>`;

/** A whole document with the namespace AWS's clients expect on its root. */
export const xmlDocument = (root: string, namespace: string, ...content: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${namespace}">${content.join('')}</${root}>`;

/** An element of a parsed document, without namespaces and attributes: AWS's request bodies need neither. */
export interface XmlNode {
  name: string;
  text: string;
  children: XmlNode[];
}

const TOKEN = /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<(\/?)([\w:.-]+)[^>]*?(\/?)>|([^<]+)/gy;
const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** Parses a small XML document; undefined where it is not well formed. DTDs are refused, so entities cannot grow. */
export const parseXml = (text: string): XmlNode | undefined => {
  const document: XmlNode = { name: '', text: '', children: [] };
  const open = [document];
  let end = 0;
  for (const match of text.trim().matchAll(TOKEN)) {
    end = match.index + match[0].length;
    const [, closing, name, selfClosing, characters] = match;
    const current = open.at(-1);
    if (!current) return undefined;
    if (characters !== undefined) current.text += unescapeXml(characters);
    else if (name !== undefined && closing) {
      if (open.length < 2 || open.pop()?.name !== localName(name)) return undefined;
    } else if (name !== undefined) {
      const node: XmlNode = { name: localName(name), text: '', children: [] };
      current.children.push(node);
      if (!selfClosing) open.push(node);
    }
  }
  return end === text.trim().length && open.length === 1 && document.children.length === 1 ? document.children[0] : undefined;
};

/** A node and all below it, in the document's order. */
export const descendants = (node: XmlNode): XmlNode[] => [node, ...node.children.flatMap(descendants)];

export const childText = (node: XmlNode, name: string): string | undefined => node.children.find((child) => child.name === name)?.text;
export const childrenNamed = (node: XmlNode, name: string): XmlNode[] => node.children.filter((child) => child.name === name);
