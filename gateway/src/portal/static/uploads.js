// Files are sent one by one, each with its bar; what is refused says why beside its name. Without this the form sends them all.

const size = (bytes) => new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(bytes / 1_000_000);

for (const form of document.querySelectorAll("form[data-upload]")) {
  const field = form.querySelector("input[type=file]");
  const button = form.querySelector("button");
  const said = form.querySelector("[data-upload-said]");
  const uploads = form.querySelector("[data-uploads]");
  const list = uploads.querySelector("ul");
  let waiting = []; // what was chosen and has not arrived
  let count = 0;

  const rowOf = (file) => {
    const row = list.appendChild(document.createElement("li"));
    row.className = "file";
    const body = row.appendChild(document.createElement("div"));
    const name = body.appendChild(document.createElement("strong"));
    name.appendChild(document.createElement("bdi")).textContent = file.name;
    body.append(` ${size(file.size)} MB`);
    const bar = body.appendChild(document.createElement("progress"));
    Object.assign(bar, { max: 100, value: 0 });
    bar.setAttribute("aria-label", file.name);
    const words = body.appendChild(document.createElement("p"));
    words.textContent = form.dataset.waiting;
    return { file, row, bar, words, number: count++ };
  };

  const refuse = (upload, why) => {
    upload.bar.remove();
    upload.words.className = "wrong";
    upload.words.textContent = why;
    said.textContent = `${upload.file.name}: ${why}`;
  };

  const choose = () => {
    for (const { row } of waiting) row.remove();
    waiting = [...field.files].map(rowOf);
    uploads.hidden = !list.children.length;
  };

  // Answers why the form cannot be sent on, empty when it can: a file that did not arrive may be sent once more, as the same one.
  const send = (upload) => new Promise((done) => {
    const content = new FormData(form);
    content.delete(field.name);
    content.set("first", upload.number);
    content.set("scripted", "yes");
    content.append(field.name, upload.file);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => (upload.bar.value = (100 * event.loaded) / event.total));
    request.addEventListener("error", () => done(form.dataset.failed));
    request.addEventListener("load", () => {
      // Who is signed out was led elsewhere: this page leads there as well, with the words that go with it, and back from there.
      if (new URL(request.responseURL).pathname !== new URL(form.action).pathname) return location.reload();
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const why = page.querySelector("[data-refused]")?.textContent;
      if (why) refuse(upload, why);
      else if (request.status === 200 && page.getElementById("files-part")) upload.row.remove();
      else return done((request.status >= 400 && page.querySelector(".notice, .lead")?.textContent) || form.dataset.failed);
      document.dispatchEvent(new CustomEvent("fresh", { detail: page }));
      done("");
    });
    upload.words.className = "";
    upload.words.textContent = form.dataset.sending;
    request.open("POST", form.action);
    // The page exchanges old tokens before the form does: its answer is there at once, the form's perhaps after newer ones.
    fetch(form.action, { method: "HEAD" }).catch(() => null).then(() => request.send(content));
  });

  choose(); // files may be chosen before this script is there
  field.addEventListener("change", choose);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation(); // it is sent as often as files are chosen
    button.disabled = true;
    let refused = 0;
    let why = "";
    while (waiting.length) {
      const [upload] = waiting;
      if (upload.file.size > Number(form.dataset.upload)) refuse(upload, form.dataset.tooLarge);
      else if ((why = await send(upload))) {
        upload.words.className = "wrong";
        upload.words.textContent = said.textContent = why;
        break;
      }
      waiting.shift();
      refused += upload.row.isConnected;
    }
    button.disabled = false;
    if (waiting.length) return;
    field.value = "";
    uploads.hidden = !list.children.length;
    if (!refused) said.textContent = form.dataset.done;
  });

  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.dataset.over = "";
  });
  form.addEventListener("dragleave", () => delete form.dataset.over);
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    delete form.dataset.over;
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    choose();
  });
}
