// On every page that stands open: to the sign-in page when the session has ended, and a word when newer data is there.
const EVERY_MS = 15000;
let current = "";

async function ask() {
  try {
    const told = await fetch("/session", {cache: "no-store"});
    if (told.status === 401) location.reload();
    current = told.headers.get("ducha-night") || "";
  } catch { }
  say();
}

// The line that names the night also holds the words; an earlier night that was asked for has none.
function say() {
  const shown = document.querySelector(".stands[data-night]");
  const bar = document.getElementById("newer");
  if (!shown || !current || shown.dataset.night === current) {
    if (bar) bar.remove();
    return;
  }
  if (bar && bar.dataset.night === current) return;
  if (bar) bar.remove();
  const made = document.createElement("p");
  made.id = "newer";
  made.dataset.night = current;
  made.setAttribute("role", "status");
  made.append(shown.dataset.newer.replace("{night}", current) + " ");
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = shown.dataset.take;
  link.onclick = () => { location.reload(); return false; };
  made.append(link);
  document.body.append(made);
}

setInterval(ask, EVERY_MS);
setInterval(say, 1000);
