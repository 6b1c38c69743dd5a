(() => {
  const tools = document.querySelector(".tools"), cards = document.querySelector(".cards");
  if (!tools || !cards) return;
  tools.hidden = false;
  const [name, order] = [tools.querySelector("input"), tools.querySelector("select")];
  const all = [...cards.children];
  const by = {
    file: (a, b) => a.dataset.place - b.dataset.place,
    name: (a, b) => a.dataset.name.localeCompare(b.dataset.name),
    missing: (a, b) => b.dataset.missing - a.dataset.missing,
    distinct: (a, b) => b.dataset.distinct - a.dataset.distinct,
    strength: (a, b) => b.dataset.strength - a.dataset.strength,
  };
  name.addEventListener("input", () => {
    const wanted = name.value.toLowerCase();
    all.forEach((card) => { card.hidden = !card.dataset.name.toLowerCase().includes(wanted); });
  });
  order.addEventListener("change", () => cards.append(...[...all].sort(by[order.value])));
})();
