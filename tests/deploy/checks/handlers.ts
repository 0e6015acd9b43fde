import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** What one function's code can do, from its handler on. */
export interface HandlerFacts {
  /** Variables of its environment that it reads. */
  variables: ReadonlySet<string>;
  /** SDK requests it sends, by package: `client-s3 PutObject`; `rds-signer Signer`. */
  requests: ReadonlySet<string>;
  /** Members of the event it takes. */
  takes: ReadonlySet<string>;
  /** What its answer has, or one of its answers. */
  answers: Shape;
}

/** The members of a value, with theirs; undefined: anything, as of a list, a text, or a map with names of its own. */
export type Shape = { readonly [member: string]: Shape } | undefined;

const OPTIONS: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts'], types: [], noEmit: true, strict: true, allowImportingTsExtensions: true };

/** A file is read and parsed once, whatever programs it is part of. */
const host = ts.createCompilerHost(OPTIONS);
const parsed = new Map<string, ts.SourceFile | undefined>();
const getSourceFile: ts.CompilerHost['getSourceFile'] = (file, ...options) => {
  if (!parsed.has(file)) parsed.set(file, host.getSourceFile(file, ...options));
  return parsed.get(file);
};

/** The sources of the project alone: packages stay unresolved, which makes it a matter of a second. */
const openProgram = (files: readonly string[], apart: readonly string[] = []): ts.Program => {
  const resolved = (text: string, file: string): ts.ResolvedModuleFull | undefined => {
    const resolvedFileName = path.resolve(path.dirname(file), text);
    return text.startsWith('.') && !apart.some((left) => resolvedFileName.startsWith(left)) ? { resolvedFileName, extension: ts.Extension.Ts, isExternalLibraryImport: false } : undefined;
  };
  const resolveModuleNameLiterals: ts.CompilerHost['resolveModuleNameLiterals'] = (literals, file) => literals.map(({ text }) => ({ resolvedModule: resolved(text, file) }));
  return ts.createProgram({ rootNames: files, options: OPTIONS, host: { ...host, getSourceFile, resolveModuleNameLiterals } });
};

/** By module below the folder: `capture.ts`. */
export const readHandlers = (folder: string): ReadonlyMap<string, HandlerFacts> => {
  const modules = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  const program = openProgram(modules.map((module) => path.resolve(folder, module)));
  const checker = program.getTypeChecker();
  return new Map(
    modules.map((module) => {
      const handler = exportOf(checker, program.getSourceFile(path.resolve(folder, module)), 'handler');
      return [module, { ...factsOf(checker, handler), ...contractOf(checker, handler) }];
    }),
  );
};

/** Of a function from an event to the promise of an answer. */
const contractOf = (checker: ts.TypeChecker, handler: ts.Declaration): Pick<HandlerFacts, 'takes' | 'answers'> => {
  const [signature] = checker.getTypeAtLocation(handler).getCallSignatures();
  const [event] = signature?.getParameters() ?? [];
  const answer = signature && checker.getAwaitedType(signature.getReturnType());
  return { takes: membersOf(event && checker.getTypeOfSymbol(event)), answers: answer && shapeOfType(checker, answer) };
};

const membersOf = (type: ts.Type | undefined): ReadonlySet<string> => {
  const types = type?.isUnion() ? type.types : type ? [type] : [];
  return new Set(types.flatMap((one) => one.getProperties().map((property) => property.name)));
};

/** Of a union: what one of its types has. No answer contains itself. */
const shapeOfType = (checker: ts.TypeChecker, type: ts.Type): Shape => {
  const types = type.isUnion() ? type.types : [type];
  const objects = types.filter((one) => one.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection));
  if (objects.length === 0 || objects.some((one) => checker.isArrayLikeType(one) || checker.getIndexInfosOfType(one).length > 0)) return undefined;
  const properties = objects.flatMap((one) => one.getProperties());
  const shapes = properties.map((property): readonly [string, Shape] => [property.name, shapeOfType(checker, checker.getTypeOfSymbol(property))]);
  return shapes.reduce<Record<string, Shape>>((merged, [name, shape]) => ({ ...merged, [name]: merged[name] && shape ? { ...merged[name], ...shape } : (shape ?? merged[name]) }), {});
};

/** An export of a module: `['cli/program.ts', 'createProgram']`. */
export type Entry = readonly [module: string, name: string];

/**
 * SDK requests that can be sent from each list of entries on.
 * @param apart modules and folders whose code is left out
 */
export const readRequests = <Name extends string>(entries: Readonly<Record<Name, readonly Entry[]>>, apart: readonly string[]): Readonly<Record<Name, ReadonlySet<string>>> => {
  const lists = Object.entries(entries) as [Name, readonly Entry[]][];
  const program = openProgram(lists.flatMap(([, list]) => list.map(([module]) => path.resolve(module))), apart.map((file) => path.resolve(file)));
  const checker = program.getTypeChecker();
  const requestsOf = ([module, name]: Entry): string[] => [...factsOf(checker, exportOf(checker, program.getSourceFile(path.resolve(module)), name)).requests];
  return Object.fromEntries(lists.map(([name, list]) => [name, new Set(list.flatMap(requestsOf))])) as unknown as Record<Name, ReadonlySet<string>>;
};

const exportOf = (checker: ts.TypeChecker, file: ts.SourceFile | undefined, name: string): ts.Declaration => {
  const module = file && checker.getSymbolAtLocation(file);
  const [declaration] = (module && checker.getExportsOfModule(module).find((symbol) => symbol.name === name)?.declarations) ?? [];
  if (!declaration) throw new Error(`${file?.fileName ?? 'a handler'} has no export ${name}`);
  return declaration;
};

const isType = (node: ts.Node): boolean => ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);

/** What a call answers may be one as well. */
const mayBeFunction = (member: ts.ObjectLiteralElementLike): member is ts.PropertyAssignment | ts.MethodDeclaration | ts.AccessorDeclaration =>
  ts.isMethodDeclaration(member) || ts.isAccessor(member) || (ts.isPropertyAssignment(member) && (ts.isArrowFunction(member.initializer) || ts.isFunctionExpression(member.initializer) || ts.isCallExpression(member.initializer)));

const isFunctionName = (node: ts.Node): boolean =>
  ts.isFunctionDeclaration(node) || (ts.isVariableDeclaration(node) && node.initializer !== undefined && (ts.isArrowFunction(node.initializer) || ts.isFunctionExpression(node.initializer)));

/**
 * Walks through all code that can be reached. A function that is a member of an object (a port) counts only once somebody calls that
 * member: the store of a bucket can delete, but who never asks it to needs no right to.
 */
const factsOf = (checker: ts.TypeChecker, entry: ts.Declaration): Pick<HandlerFacts, 'variables' | 'requests'> => {
  const variables = new Set<string>();
  const requests = new Set<string>();
  const visited = new Set<ts.Node>();
  const calledMembers = new Set<ts.Node>();
  const uncalled = new Map<ts.Node, ts.Node[]>();

  const reach = (symbol: ts.Symbol | undefined): void => {
    const real = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    for (const declaration of real?.declarations ?? []) {
      if (declaration.getSourceFile().isDeclarationFile) continue;
      calledMembers.add(declaration);
      for (const node of uncalled.get(declaration) ?? []) visit(node);
      if (!isType(declaration)) enter(declaration);
    }
  };

  /** The declarations an object's member has in the interface the object is for. */
  const declarationsFor = (literal: ts.ObjectLiteralExpression, member: ts.ObjectLiteralElementLike): readonly ts.Declaration[] => {
    if (!mayBeFunction(member) || !ts.isIdentifier(member.name)) return [];
    const name = member.name.text;
    const expected = checker.getContextualType(literal); // of what an async function returns: the value or a promise of it
    const property = (expected?.isUnion() ? expected.types : [expected]).map((type) => type?.getProperty(name)).find((found) => found !== undefined);
    const isFunction = property && checker.getNonNullableType(checker.getTypeOfSymbol(property)).getCallSignatures().length > 0;
    return (isFunction && property.declarations) || [];
  };

  const visitObject = (literal: ts.ObjectLiteralExpression): void => {
    for (const member of literal.properties) {
      const contract = declarationsFor(literal, member);
      if (contract.length === 0 || contract.some((declaration) => calledMembers.has(declaration))) visit(member);
      else for (const declaration of contract) uncalled.set(declaration, [...(uncalled.get(declaration) ?? []), member]);
    }
  };

  const isEnvironment = (node: ts.Node): boolean => {
    const declaration = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node)?.valueDeclaration : undefined;
    return declaration !== undefined && ts.isParameter(declaration) && declaration.type?.getText() === 'Environment';
  };

  const note = (node: ts.Node): void => {
    if (ts.isElementAccessExpression(node) && isEnvironment(node.expression) && ts.isStringLiteral(node.argumentExpression)) variables.add(node.argumentExpression.text);
    if (ts.isCallExpression(node) && node.arguments.some(isEnvironment)) for (const argument of node.arguments) if (ts.isStringLiteral(argument)) variables.add(argument.text);
    if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) noteRequest(node.expression);
    if (ts.isBindingElement(node)) noteBinding(node);
  };

  const noteRequest = (name: ts.Identifier): void => {
    const [specifier] = checker.getSymbolAtLocation(name)?.declarations ?? [];
    if (!specifier || !ts.isImportSpecifier(specifier)) return;
    const [, library] = /^@aws-sdk\/(.+)$/.exec((specifier.parent.parent.parent.moduleSpecifier as ts.StringLiteral).text) ?? [];
    if (library !== undefined && /(Command|^Signer)$/.test(name.text)) requests.add(`${library} ${name.text.replace(/Command$/, '')}`);
  };

  const noteBinding = (element: ts.BindingElement): void => {
    const name = element.propertyName ?? element.name;
    if (!ts.isIdentifier(name) || !ts.isObjectBindingPattern(element.parent)) return;
    const { initializer } = element.parent.parent;
    if (initializer && isEnvironment(initializer)) variables.add(name.text);
    reach(checker.getTypeAtLocation(element.parent).getProperty(name.text));
  };

  const visit = (node: ts.Node): void => {
    if (!isFunctionName(node)) enter(node); // a named function counts where its name is used
  };

  const enter = (node: ts.Node): void => {
    if (visited.has(node) || ts.isTypeNode(node) || ts.isImportDeclaration(node)) return;
    visited.add(node);
    note(node);
    if (ts.isObjectLiteralExpression(node)) visitObject(node);
    else if (ts.isShorthandPropertyAssignment(node)) reach(checker.getShorthandAssignmentValueSymbol(node));
    else if (ts.isIdentifier(node)) reach(checker.getSymbolAtLocation(node));
    else ts.forEachChild(node, visit);
  };

  enter(entry);
  return { variables, requests };
};

/** The classes of errors in the code below a folder, by the names that Step Functions sees. */
export const readErrorNames = (folder: string): ReadonlySet<string> =>
  new Set(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [...readFileSync(path.join(folder, file), 'utf8').matchAll(/override readonly name = '(\w+)'/g)].map(([, name = '']) => name)),
  );
