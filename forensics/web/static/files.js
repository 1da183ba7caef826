// Files that are dropped, pasted or chosen, with the folders they were in.

const PICTURES = /\.(jpe?g|jfif|png|webp|tiff?|bmp|gif|avif)$/i;

export function isPicture(name) {
  return PICTURES.test(name) && !name.split("/").some((part) => part.startsWith("."));
}

// Everything that was dropped; folders are walked through, and of these only pictures are taken.
export async function dropped(transfer) {
  const entries = [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = [];
  for (const entry of entries) {
    if (entry instanceof File) found.push({ path: entry.name, file: entry });
    else if (entry) await walk(entry, found, entry.isFile);
  }
  return found;
}

async function walk(entry, found, named) {
  if (entry.isFile) {
    const path = entry.fullPath.replace(/^\//, "");
    if (named || isPicture(path)) {
      found.push({ path, file: await new Promise((done, failed) => entry.file(done, failed)) });
    }
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return;
    for (const one of some) await walk(one, found, false);
  }
}

export function chosen(input) {
  const found = [...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  input.value = "";
  return found;
}

export function pasted(event) {
  return [...(event.clipboardData?.files ?? [])].map((file) => ({ path: file.name, file }));
}

// Let an element take what is dropped on it.
export function takes(element, take) {
  let inside = 0;
  element.addEventListener("dragenter", (event) => {
    event.preventDefault();
    inside += 1;
    element.classList.add("over");
  });
  element.addEventListener("dragleave", () => {
    inside -= 1;
    if (!inside) element.classList.remove("over");
  });
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    inside = 0;
    element.classList.remove("over");
    take(await dropped(event.dataTransfer));
  });
}
