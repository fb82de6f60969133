// Asks the server for every panel, and again as long as the page is looked at.
"use strict";

const form = document.getElementById("filters");
const panels = [...document.querySelectorAll(".panel")];
const refresh = document.getElementById("refresh");
const SETTINGS = { displayModeBar: false, responsive: true };

function chosen() {
  const kept = new URLSearchParams(location.search);
  for (const [name, value] of new FormData(form)) value ? kept.set(name, value) : kept.delete(name);
  return kept.toString();
}

function say(panel, text, isProblem) {
  const message = panel.querySelector(".message");
  if (message.textContent !== text) message.textContent = text;
  message.hidden = !text;
  message.classList.toggle("problem", isProblem);
}

async function ask(panel) {
  const query = chosen();
  panel.ariaBusy = "true";
  try {
    const response = await fetch(`/panels/${panel.id}?${query}`);
    const answer = await response.json();
    if (query !== chosen()) return;
    if (!response.ok) throw new Error(answer.problem);
    show(panel, answer);
    say(panel, "", false);
  } catch (error) {
    const text = error instanceof TypeError ? "The dashboard's own server does not answer: start it again with `orderlake dashboard`." : error.message;
    say(panel, `${text} This page keeps trying.`, true);
  }
  panel.ariaBusy = "false";
}

function show(panel, answer) {
  panel.querySelector(".units").textContent = answer.units;
  panel.querySelector(".facts").textContent = answer.facts;
  panel.querySelector(".answer").innerHTML = answer.answer;
  const figure = panel.querySelector(".figure");
  if (!figure) return;
  figure.hidden = panel.querySelector("details").hidden = !answer.figure;
  if (!answer.figure) return;
  panel.querySelector("details .numbers").innerHTML = answer.numbers;
  Plotly.react(figure, answer.figure.data, answer.figure.layout, SETTINGS);
}

const askAll = () => Promise.all(panels.map(ask));

async function keepAsking() {
  if (refresh.checked && !document.hidden) await askAll();
  setTimeout(keepAsking, 1000 * document.body.dataset.refreshSeconds);
}

form.addEventListener("change", () => {
  const query = chosen();
  history.replaceState(null, "", `?${query}`);
  for (const link of document.querySelectorAll("nav a, .csv")) link.search = query;
  askAll();
});
form.addEventListener("reset", (event) => {
  event.preventDefault();
  for (const field of form.elements) if (field.name && field.name !== "currency") field.value = "";
  form.dispatchEvent(new Event("change"));
});
form.addEventListener("submit", (event) => event.preventDefault());

keepAsking();
