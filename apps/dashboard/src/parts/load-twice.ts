const pauseMs = 500;

/** A script and its style sheets, which come when they are needed. Connections break, so both are asked for twice. */
export async function loadTwice<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    await askAgainForSheets();
    return load();
  }
}

/** A style sheet that did not come is not asked for by itself again, and the page would stand there without it. */
async function askAgainForSheets(): Promise<void> {
  const missing = [...document.querySelectorAll<HTMLLinkElement>('link[rel=stylesheet]')].filter(
    ({ sheet }) => sheet === null,
  );
  const asked = missing.map((link) => {
    const again = link.cloneNode() as HTMLLinkElement;
    const answered = new Promise((resolve) => {
      again.onload = resolve;
      again.onerror = resolve;
    });
    link.replaceWith(again);
    return answered;
  });
  await Promise.all(asked);
}
