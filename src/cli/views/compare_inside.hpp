// What compare.cpp, compare_steps.cpp, compare_seen.cpp and compare_side.cpp share: the comparer's inside.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/views/compare.hpp"
#include "core/ledger/sealed_list.hpp"
#include "core/plan/plan.hpp"
#include "core/verb/verb.hpp"

namespace blc::cli {

using text::Json;
using verb::Template;

[[nodiscard]] std::string value_text(const Json& value);

// One of the two runs, with what its strings look like in the verb that they were made from.
struct Side {
  explicit Side(const approval::Run& run) : plan(*run.plan->plan), resolution(plan.resolution), declared(*run.plan->verb) {}

  const plan::Plan& plan;
  const plan::Resolution& resolution;
  const verb::Verb& declared;

  [[nodiscard]] const verb::Step* source(const std::string& step) const;
  // Equal for two strings exactly when both are the same, or made from the same template by their own runs' values.
  [[nodiscard]] std::string origin(const std::string& text, const Template* from) const;
  [[nodiscard]] std::string origin(const std::string& text, const std::vector<const Template*>& any_of) const;
  // Every template that may name a file or a folder.
  [[nodiscard]] std::vector<const Template*> naming() const;
  [[nodiscard]] std::string piece(const Json& piece, const Template* input, std::size_t index) const;

 private:
  [[nodiscard]] bool made_from(const std::string& text, const Template& from) const;
};

// Finds what differs; a fresh object for each comparison.
class Comparer {
 public:
  Comparer(const approval::Run& earlier, const approval::Run& now)
      : was_request_(earlier.request->request), is_request_(now.request->request), was_(earlier), is_(now),
        subject_(now.plan->verb->subject) {}

  Comparison run();

 private:
  void value(const std::string& area, const std::string& name, const std::string& part, std::optional<std::string> before,
             std::optional<std::string> after);
  // It differs; what it holds is not for a line.
  void content(const std::string& area, const std::string& name, std::vector<std::string> lines = {});

  void compare_heads();
  void compare_parameters();
  void compare_parameter(const std::string& name);
  // Whether two sealed values are the same; nullopt where no hash tells. Values of different verbs never tell.
  [[nodiscard]] std::optional<bool> same_sealed(const ledger::SealedItem& before, const ledger::SealedItem& after) const;
  // By id and version: the digests are keyed for each run.
  void compare_reliances();
  void compare_migration();
  void compare_policy();
  void compare_texts();
  // What the parts above do not know of, so that a plan that came to hold more is never called the same.
  void compare_rest();
  void compare_members(const std::string& area, const std::string& name, const Json::Object& before, const Json::Object& after,
                       const std::set<std::string>& told);

  // In compare_steps.cpp.
  void compare_steps();
  void compare_step(const plan::PlannedStep& before, const plan::PlannedStep& after);
  void from_template(const std::string& step, const std::string& part, const std::string& before, const std::string& after,
                     const Template* old_source, const Template* new_source);
  void compare_commands(const std::string& step, const std::string& which, const plan::PlannedCommand* before,
                        const plan::PlannedCommand* after, const verb::Command* old_source, const verb::Command* new_source);
  void compare_inputs(const std::string& step, const std::string& part, const plan::PlannedCommand& before,
                      const plan::PlannedCommand& after, const verb::Command* old_source, const verb::Command* new_source);
  void compare_surroundings(const plan::PlannedStep& before, const plan::PlannedStep& after, const verb::Step* old_source,
                            const verb::Step* new_source);
  void compare_lists(const std::string& step, const std::string& part, const std::vector<std::string>& before,
                     const std::vector<std::string>& after, const std::vector<const Template*>& old_sources,
                     const std::vector<const Template*>& new_sources);

  // In compare_seen.cpp.
  struct Seen {
    std::string name;  // "file fixtures/mock/invoices/2026-10.csv"
    std::string value;
  };
  [[nodiscard]] static std::map<std::string, Seen> observations(const Side& side);
  void compare_observations();
  void compare_seen(const Seen& before, const Seen& after);
  // Whether the step, or one before it, is told of a parameter that differs, or works in another environment.
  [[nodiscard]] bool follows_from_change(const std::string& step) const;
  [[nodiscard]] bool told_of_change(const verb::Step& step) const;
  void compare_previews();

  const plan::Request& was_request_;
  const plan::Request& is_request_;
  Side was_;
  Side is_;
  std::string subject_;            // the parameter that names it
  std::set<std::string> changed_;  // parameters that differ, or may
  Comparison found_;
};

}  // namespace blc::cli
