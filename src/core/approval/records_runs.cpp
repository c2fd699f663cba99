// Which runs there are: those that a filter asks for, and the last that was claimed.
#include <algorithm>

#include "core/approval/records_inside.hpp"

namespace blc::approval {

namespace {

bool matches(const Run& run, const RunFilter& filter) {
  const auto& request = *run.request;
  const auto end = ended_at(run);
  return (filter.by.empty() || request.by == filter.by) && (filter.verb.empty() || request.request.verb == filter.verb) &&
         (filter.suffix.empty() || run.id.str().ends_with(filter.suffix)) &&
         (!filter.environment || run.environment == *filter.environment) &&
         (!filter.classification || run.classification == *filter.classification) &&
         (!filter.since || request.at >= *filter.since) && (!filter.until || request.at <= *filter.until) &&
         (!filter.subject || request.request.subject == *filter.subject) &&
         (!filter.glass_broken || run.glass) && (!filter.live_at || live_until(run) >= *filter.live_at) &&
         (!filter.ended_since || (end && *end >= *filter.ended_since)) &&
         (filter.ends.empty() || std::ranges::find(filter.ends, end_of(run)) != filter.ends.end());
}

bool claimed_as(const Run& run, std::string_view verb, Environment environment, const text::Json::Object* parameters,
                std::uint64_t before) {
  return run.claim && run.claim->leaf < before && run.environment == environment && run.request->request.verb == verb &&
         !run.request->request.rolls_back &&
         (parameters == nullptr || run.request->request.parameters == *parameters);
}

}  // namespace

void Records::each_run(const RunFilter& filter, const std::function<bool(const Run&)>& each) const {
  // What changed since it was saved is looked through here; the index knows where the rest is.
  std::vector<RunId> ours;
  for (const auto& [id, known] : known_) {
    if (index_ == nullptr || known.changed) ours.push_back(id);
  }
  const auto show = [&](const RunId& id) {
    const auto* const found = run(id);
    return found == nullptr || !found->request || !matches(*found, filter) || each(*found);
  };
  bool more = true;
  const auto show_ours_down_to = [&](const RunId* id) {
    while (more && !ours.empty() && (id == nullptr || ours.back() >= *id)) {
      const auto next = ours.back();
      ours.pop_back();
      if (id == nullptr || next != *id) more = show(next);
    }
  };
  if (index_ != nullptr) {
    index_->each_run(filter, [&](const RunId& id) {
      show_ours_down_to(&id);
      more = more && show(id);
      return more;
    });
  }
  show_ours_down_to(nullptr);
}

std::uint64_t Records::run_count(const RunFilter& filter) const {
  std::uint64_t count = 0;
  if (index_ != nullptr && size() == saved_ && filter.suffix.empty()) return index_->run_count(filter);
  each_run(filter, [&](const auto&) {
    ++count;
    return true;
  });
  return count;
}

// Of the runs in memory that fit, the one whose claim is the last, unless the index knows of a later one.
const Run* Records::later_claim(const std::function<bool(const Run&)>& fits, const std::optional<RunId>& saved) const {
  const Run* latest = nullptr;
  for (const auto& [id, known] : known_) {
    if (known.counted && fits(known.run) && (latest == nullptr || latest->claim->leaf < known.run.claim->leaf))
      latest = &known.run;
  }
  const auto* const found = saved ? run(*saved) : nullptr;
  if (found == nullptr || !found->claim) return latest;
  return latest == nullptr || latest->claim->leaf < found->claim->leaf ? found : latest;
}

const Run* Records::last_claimed(std::string_view verb, Environment environment, const text::Json::Object* parameters,
                                 std::uint64_t before) const {
  const auto digest = parameters == nullptr ? std::nullopt : std::optional(digest_of(*parameters));
  return later_claim([&](const Run& run) { return claimed_as(run, verb, environment, parameters, before); },
                     index_ == nullptr ? std::nullopt : index_->last_claimed(verb, environment, digest, before));
}

const Run* Records::last_rollback(const RunId& undone, std::uint64_t before) const {
  return later_claim(
      [&](const Run& run) { return run.claim && run.claim->leaf < before && run.request->request.rolls_back == undone; },
      index_ == nullptr ? std::nullopt : index_->last_rollback(undone, before));
}

}  // namespace blc::approval
