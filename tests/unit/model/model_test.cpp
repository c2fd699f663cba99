// The real gate against the model (support/model.hpp) on random histories. A failure prints the seed and the
// shortest history that still shows it; BLC_MODEL_SEED and BLC_MODEL_HISTORIES choose others.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/approval/replay.hpp"
#include "support/model_history.hpp"
#include "support/model_render.hpp"

namespace blc::testing::model {
namespace {

using namespace std::chrono_literals;

// What the model is told in place of the truth: the planted bugs.
using Twist = std::function<void(Entry&)>;

std::uint64_t variable(const char* name, std::uint64_t otherwise) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread starts
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

std::uint64_t first_seed() { return variable("BLC_MODEL_SEED", 1); }
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kHistories = 2000;  // each takes several times as long
#else
constexpr std::uint64_t kHistories = 10000;
#endif
std::uint64_t histories() { return variable("BLC_MODEL_HISTORIES", kHistories); }

const char* standing_of(const approval::Verdict& verdict) {
  using Real = approval::Verdict::Standing;
  return verdict.standing == Real::counts ? "counts" : verdict.standing == Real::late ? "late" : "void";
}

// How often the interesting things happened: a generator that no longer reaches them proves nothing.
using Reached = std::map<std::string, std::uint64_t>;

// One history told to both, entry by entry.
class Comparison {
 public:
  explicit Comparison(const Twist& twist) : twist_(twist), real_(std::string(kOrigin)) {}

  // The first difference, or nothing.
  std::optional<std::string> run(const History& history, Reached* reached);

 private:
  std::optional<std::string> entry(const Action& action, Reached* reached);
  std::optional<std::string> proposals(Timestamp at);
  std::optional<std::string> readers(const Entry& entry);
  std::optional<std::string> reader(int run, const approval::Run& real, Timestamp now, bool ask_gate);
  const Ledger& model() const { return twist_ ? twisted_ : teller_.ledger(); }

  const Twist& twist_;
  Teller teller_;  // the truth, from which entries are made
  Ledger twisted_;
  approval::Replay real_;
};

std::optional<std::string> Comparison::run(const History& history, Reached* reached) {
  for (const auto& action : history) {
    if (auto difference = entry(action, reached)) return fmt::format("at #{}: {}", action.entry.hash, *difference);
  }
  return std::nullopt;
}

std::optional<std::string> Comparison::entry(const Action& action, Reached* reached) {
  const auto told = teller_.tell(action);
  const auto real_entry = render(told.entry, real_.tree(), told.plan);
  // judge() reads a plan's or catalog's texts a second time: asked of some.
  const bool asked = told.entry.hash % 4 == 0;
  const auto judged = asked ? real_.judge(real_entry) : approval::Verdict{};
  const auto applied = real_.apply(real_entry, hash_of(told.entry.hash));
  teller_.add(action, told);
  auto twisted = told.entry;
  if (twist_) twist_(twisted);
  if (twist_) twisted_.add(twisted);
  const std::string expected = to_string(model().standing(model().size() - 1));
  const auto* const adopting = action.adopts == 0 ? "" : "adopting ";
  if (reached != nullptr) ++(*reached)[fmt::format("{}{} {}", adopting, name_of(told.entry.kind), expected)];
  if (asked && judged.standing != applied.standing) return std::string("judge() and apply() differ");
  if (expected != standing_of(applied)) {
    return fmt::format("the model says {}, blc says {} ({})", expected, standing_of(applied), applied.why);
  }
  std::set<std::uint64_t> faults;
  for (const auto& fault : real_.faults()) faults.insert(fault.leaf);
  if (faults != model().faults()) return std::string("the unlisted void entries differ");
  std::set<RunId> overdue;
  for (const auto run : model().overdue(model().size(), told.entry.at)) overdue.insert(run_id(run));
  std::set<RunId> really;
  for (const auto& review : real_.overdue_reviews(told.entry.at)) really.insert(review.run);
  if (overdue != really) return std::string("the overdue reviews differ");
  if (auto difference = proposals(told.entry.at)) return difference;
  auto found = readers(told.entry);
  if (reached != nullptr && !found && model().last(1, Kind::request, model().size())) {
    ++(*reached)["state " + model().state(1, told.entry.at)];
  }
  return found;
}

// The proposals that are open, and how each stands then, at its deadline and after it.
std::optional<std::string> Comparison::proposals(Timestamp at) {
  using Real = approval::ProposalStatus::State;
  const auto open = model().open_proposals();
  if (open.size() != real_.proposals().size()) return std::string("the open proposals differ");
  for (std::size_t i = 0; i < open.size(); ++i) {
    const auto& proposal = real_.proposals()[i];
    const auto& entry = model().entry(open[i]);
    if (proposal.hash != hash_of(entry.hash)) return std::string("the open proposals differ");
    for (const auto now : {at, entry.deadline, entry.deadline + 1ms}) {
      const auto status = approval::weigh(real_.trust(), proposal, real_.size(), now);
      constexpr std::array kStates{Real::open, Real::complete, Real::rejected, Real::expired};
      const auto expected = kStates.at(static_cast<std::size_t>(model().weigh(open[i], model().size(), now)));
      if (status.state != expected) {
        return fmt::format("of proposal #{} the model says {}, blc says {}", entry.hash, to_string(expected),
                           to_string(status.state));
      }
      std::vector<LeafHash> signatures;
      for (const auto hash : model().cited(open[i], model().size(), now)) signatures.push_back(hash_of(hash));
      if (status.signatures != signatures) return fmt::format("the signatures of proposal #{} differ", entry.hash);
    }
  }
  return std::nullopt;
}

// Readers at the times where something could change: around the entry, the skew, the lease, the deadline, the end of a
// break-glass and of the time for its review. Of a run that the entry is not about one reader is asked.
std::optional<std::string> Comparison::readers(const Entry& entry) {
  const auto at = entry.at;
  for (const int run : {1, 2}) {
    const auto* const real = real_.run(run_id(run));
    const auto request = model().last(run, Kind::request, model().size());
    if ((real != nullptr && real->request.has_value()) != request.has_value()) {
      return fmt::format("only one knows run {}", run);
    }
    if (!request) continue;
    std::set<Timestamp> times{at, at - 2min, at - 2min - 1ms, at + 5min, at + 5min + 1ms, at + 70min};
    if (const auto plan = model().last(run, Kind::plan, model().size())) {
      const auto& made = model().entry(*plan);
      times.insert({made.deadline, made.deadline + 1ms, made.at + made.policy.deadline});
    }
    if (const auto glass = model().last(run, Kind::glass, model().size())) {
      const auto& broken = model().entry(*glass);
      const auto& allowed = *model().entry(*model().last(run, Kind::plan, model().size())).policy.glass;
      times.insert({broken.at + allowed.lasts, broken.at + allowed.lasts + 1ms});
      times.insert({broken.at + allowed.review_within, broken.at + allowed.review_within + 1ms});
    }
    if (entry.run && *entry.run != run) times = {at};
    for (const auto now : times) {
      if (auto difference = reader(run, *real, now, now == at)) {
        return fmt::format("run {}, a reader {}s after the entry: {}", run,
                           static_cast<double>((now - at).count()) / 1000.0, *difference);
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> Comparison::reader(int run, const approval::Run& real, Timestamp now, bool ask_gate) {
  const auto context = real_.context(real, now);
  const auto state = std::string(approval::to_string(real_.state(real, now)));
  if (const auto expected = model().state(run, now); expected != state) {
    return fmt::format("the model says {}, blc says {} ({})", expected, state, approval::decide(context).why);
  }
  const auto admitted = approval::admit(context);
  const auto orders = model().claimable(run, now);
  if (admitted.has_value() != !orders.empty()) {
    return fmt::format("the model says it {} be claimed, blc says {}", orders.empty() ? "may not" : "may",
                       admitted ? "it may" : admitted.error().message);
  }
  if (admitted) {
    bool known = false;
    for (const auto order : orders) known = known || hash_of(order) == admitted->order();
    if (!known) return std::string("blc admits by an order that does not stand");
  }
  const auto resumed = approval::admit_resume(context);
  const auto resumable = model().resumable(run, now);
  if (resumed.has_value() != !resumable.empty() ||
      (resumed && hash_of(*resumable.begin()) != resumed->order())) {
    return fmt::format("the model says it {} be resumed, blc says {}", resumable.empty() ? "may not" : "may",
                       resumed ? "it may, or by another order" : resumed.error().message);
  }
  // What it says is in the state and in who is admitted, too: asked by itself it costs as much as they do.
  if (real.claim || !ask_gate) return std::nullopt;
  const auto decision = approval::decide(context);
  if (decision.yes != model().gate(run, model().size(), now)) {
    return fmt::format("the model's gate says {}, blc's {} ({})", decision.yes ? "no" : "yes",
                       decision.yes ? "yes" : "no", decision.why);
  }
  return std::nullopt;
}

std::optional<std::string> difference(const History& history, const Twist& twist, Reached* reached = nullptr) {
  return Comparison(twist).run(history, reached);
}

// Drops entries, root 1 and catalog 1 excepted, for as long as both still differ.
History shrink(History history, const Twist& twist) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (std::size_t i = history.size(); i-- > 2;) {
      auto fewer = history;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      if (!difference(fewer, twist)) continue;
      history = std::move(fewer);
      smaller = true;
    }
  }
  return history;
}

std::string report(std::uint64_t seed, const History& history, const Twist& twist) {
  const auto shortest = shrink(history, twist);
  return fmt::format("BLC_MODEL_SEED={} BLC_MODEL_HISTORIES=1 shows it again.\n{}\n{}", seed,
                     difference(shortest, twist).value_or("no difference any more"), describe(shortest));
}

// One generator run in which these are rare proves little.
constexpr std::array kMustBeReached{
    "plan counts",     "approve counts",  "approve late",     "approve void",  "reject counts",  "withdraw counts",
    "cancel counts",   "order counts",    "order void",       "claim counts",  "claim late",     "claim void",
    "outcome counts",  "outcome late",    "step intent late", "close counts",  "close late",     "root counts",
    "note counts",     "note late",       "note void",
    "root void",       "state pending",   "state approved",   "state expired", "state rejected", "state cancelled",
    "delegation counts", "delegation late", "delegation void",
    "order to resume counts", "order to resume void", "order to resume late", "resume counts", "resume void",
    "break-glass counts", "break-glass late", "break-glass void", "review counts", "review late", "review void",
    "reveal counts",
    "proposal counts", "proposal late", "proposal void", "acceptance counts", "acceptance late", "acceptance void",
    "approve of a proposal counts", "approve of a proposal late", "approve of a proposal void",
    "reject of a proposal counts", "withdraw of a proposal counts", "adopting root counts", "adopting root void",
    "adopting catalog counts", "adopting catalog void",
    "export counts", "export void", "tier-check counts", "tier-check void",
    "state executing", "state succeeded", "state failed",     "state partial", "state closed",   "state indeterminate",
};

TEST(Model, AgreesWithTheGateOnRandomHistories) {
  const auto first = first_seed();
  fmt::print("BLC_MODEL_SEED={} BLC_MODEL_HISTORIES={}\n", first, histories());
  Reached reached;
  for (std::uint64_t seed = first; seed < first + histories(); ++seed) {
    const auto history = random_history(seed);
    if (difference(history, {}, &reached)) FAIL() << report(seed, history, {});
  }
  for (const auto* const what : kMustBeReached) EXPECT_GE(reached[what], histories() / 200) << what;
}

// A bug planted in what the model believes has to show within the ordinary number of histories, and its
// shortest history has to be short enough to read.
void expect_found(const Twist& bug, std::size_t longest) {
  const auto first = first_seed();
  for (std::uint64_t seed = first; seed < first + std::max<std::uint64_t>(histories(), 1000); ++seed) {
    const auto history = random_history(seed);
    if (!difference(history, bug)) continue;
    const auto shortest = shrink(history, bug);
    EXPECT_LE(shortest.size(), longest) << report(seed, history, bug);
    return;
  }
  ADD_FAILURE() << "no history shows the planted bug";
}

TEST(Model, FindsAGateThatLetsTheRequesterSign) {
  expect_found([](Entry& entry) { entry.policy.requester_may_sign = true; }, 6);
}

TEST(Model, FindsAGateThatKnowsNoDeadline) {
  expect_found(
      [](Entry& entry) {
        entry.deadline += 24h * 365;
        entry.policy.deadline += 24h * 365;
      },
      6);
}

TEST(Model, FindsAGateThatNeverForgetsAKey) {
  expect_found(
      [keys = std::map<std::string, std::set<int>>()](Entry& entry) mutable {
        if (entry.roster.version == 1) keys.clear();  // another history begins
        for (auto& principal : entry.roster.principals) {
          keys[principal.name].insert(principal.keys.begin(), principal.keys.end());
          principal.keys = keys[principal.name];
        }
      },
      12);
}

TEST(Model, FindsAGateThatLetsAnyRoleFillASlot) {
  expect_found(
      [](Entry& entry) {
        for (auto& slot : entry.policy.slots) slot.roles = {"lead", "officer", "clerk"};
      },
      8);
}

TEST(Model, FindsAGateThatForgetsASlot) {
  expect_found(
      [](Entry& entry) {
        if (entry.policy.slots.size() > 1) entry.policy.slots.pop_back();
      },
      8);
}

TEST(Model, FindsAGateThatNothingIsLentTo) {
  expect_found([](Entry& entry) { entry.fits_verb = false; }, 8);
}

TEST(Model, FindsAGateThatNeverTakesARoleBack) {
  expect_found(
      [](Entry& entry) {
        if (entry.ends && entry.role != "admin") entry.role = "another";
      },
      8);
}

TEST(Model, FindsAGateThatLendsForTooLong) {
  expect_found(
      [](Entry& entry) {
        const auto longest = entry.at + std::chrono::days{31};
        if (entry.until > entry.at && entry.until < longest) entry.until = longest;
      },
      8);
}

}  // namespace
}  // namespace blc::testing::model
