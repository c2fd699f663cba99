#include "cli/doctor/finding.hpp"

#include <algorithm>

#include "core/text/display.hpp"

namespace blc::cli {

std::string_view to_string(Finding::Level level) {
  switch (level) {
    case Finding::Level::ok: return "ok";
    case Finding::Level::warn: return "warn";
    case Finding::Level::fail: return "fail";
  }
  return "fail";
}

void Findings::fail(const std::string& about, const Error& error, const std::string& remedy) {
  add({Finding::Level::fail, about, text::display(error.message), text::display(error.hint.empty() ? remedy : error.hint),
       error.code == Exit::ledger});
}

void Findings::guard(const std::string& about, const std::string& remedy, const std::function<Result<>()>& check) {
  try {
    if (const auto checked = check(); !checked) fail(about, checked.error(), remedy);
  } catch (const Broken& broken) {
    fail(about, Error{broken.code(), broken.what(), {}}, remedy);
  } catch (const std::exception& error) {
    fail(about, Error{Exit::failed, error.what(), {}}, remedy);
  }
}

std::size_t Findings::count(Finding::Level level) const {
  return static_cast<std::size_t>(std::ranges::count(list_, level, &Finding::level));
}

Exit Findings::exit() const {
  const auto fails = [](const Finding& finding) { return finding.level == Finding::Level::fail; };
  if (std::ranges::any_of(list_, [&](const auto& finding) { return fails(finding) && finding.ledger; })) return Exit::ledger;
  return std::ranges::any_of(list_, fails) ? Exit::failed : Exit::done;
}

}  // namespace blc::cli
