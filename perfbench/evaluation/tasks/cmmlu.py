"""CMMLU: 67 subjects in Chinese; CSV with the columns ``Question, A, B, C, D, Answer``."""

from __future__ import annotations

from perfbench.evaluation.fields import Row, letter_of, lettered, sample_id, text
from perfbench.evaluation.prompts import CHOICE_ZH, prompt_of
from perfbench.evaluation.task import Task
from perfbench.types import Sample

_SUBJECTS = {
    "STEM": """
        anatomy:解剖学 astronomy:天文学 college_actuarial_science:大学精算学
        college_engineering_hydrology:大学工程水文学 college_mathematics:大学数学
        college_medical_statistics:大学医学统计 computer_science:计算机科学
        conceptual_physics:概念物理学 electrical_engineering:电气工程
        elementary_mathematics:初等数学 genetics:遗传学 high_school_biology:高中生物
        high_school_chemistry:高中化学 high_school_mathematics:高中数学
        high_school_physics:高中物理学 machine_learning:机器学习 virology:病毒学""",
    "Humanities": """
        arts:艺术学 college_law:大学法律 global_facts:全球事实 international_law:国际法学
        jurisprudence:法理学 logical:逻辑学 marxist_theory:马克思主义理论 philosophy:哲学
        professional_law:专业法学 world_history:世界历史 world_religions:世界宗教""",
    "Social Science": """
        business_ethics:商业伦理 college_education:大学教育学 economics:经济学 education:教育学
        high_school_geography:高中地理 journalism:新闻学 management:管理学 marketing:市场营销
        professional_accounting:专业会计 professional_psychology:专业心理学
        public_relations:公共关系 security_study:安全研究 sociology:社会学""",
    "Other": """
        agronomy:农学 clinical_knowledge:临床知识 college_medicine:大学医学
        computer_security:计算机安全 elementary_information_and_technology:小学信息技术
        food_science:食品科学 human_sexuality:人类性行为 legal_and_moral_basis:法律与道德基础
        nutrition:营养学 professional_medicine:专业医学 sports_science:体育学""",
    "China specific": """
        ancient_chinese:古汉语 chinese_civil_service_exam:中国公务员考试
        chinese_driving_rule:中国驾驶规则 chinese_food_culture:中国饮食文化
        chinese_foreign_policy:中国外交政策 chinese_history:中国历史 chinese_literature:中国文学
        chinese_teacher_qualification:中国教师资格 construction_project_management:建设工程管理
        elementary_chinese:小学语文 elementary_commonsense:小学常识 ethnology:民族学
        high_school_politics:高中政治 modern_chinese:现代汉语
        traditional_chinese_medicine:中医中药""",
}
"""Each subject once: those that the paper also counts under a field are "China specific" here."""

CATEGORIES: dict[str, str] = {}
NAMES: dict[str, str] = {}
"""Subjects as prompts call them."""
for _category, _subjects in _SUBJECTS.items():
    for _entry in _subjects.split():
        _subject, _, NAMES[_subject] = _entry.partition(":")
        CATEGORIES[_subject] = _category


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    choices = lettered(row)
    return Sample(
        id=sample_id("cmmlu", subset, index),
        input=text(row, "Question", "question"),
        target=letter_of(text(row, "Answer", "answer"), [*"ABCDEFGHIJ"[: len(choices)]]),
        choices=choices,
        meta={"subject": NAMES.get(subset, subset)},
    )


TASK = Task(
    name="cmmlu",
    title="CMMLU: knowledge in 67 subjects in Chinese, four options (Li et al. 2023)",
    to_sample=_to_sample,
    prompt=prompt_of(CHOICE_ZH, "chat_prompt"),
    extractor="choice",
    scorer="choice",
    subsets=tuple(sorted(CATEGORIES)),
    categories=CATEGORIES,
    few_shot_split="dev",
    few_shot_num=5,
    variants=CHOICE_ZH,
    files={
        "test": ("test/{subset}.csv|cmmlu_v1_0_1.zip!test/{subset}.csv|{subset}/test-*.parquet"),
        "dev": "dev/{subset}.csv|cmmlu_v1_0_1.zip!dev/{subset}.csv|{subset}/dev-*.parquet",
    },
    hub="haonan-li/cmmlu",
    modelscope="evalscope/cmmlu",
)
