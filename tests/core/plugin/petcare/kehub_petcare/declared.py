"""What a veterinary clinic knows of a pet's keeper."""

from core.plugin import Choice, Field, Panel, PersonalData, Rule

LABEL = {"zh-CN": "宠物医疗", "en": "Pet care"}

FIELDS = [
    Field(
        key="species",
        label={"zh-CN": "宠物种类", "en": "Species"},
        kind="choice",
        choices=[
            Choice(key="cat", label={"zh-CN": "猫", "en": "Cat"}),
            Choice(key="dog", label={"zh-CN": "狗", "en": "Dog"}),
        ],
    ),
    Field(key="pet_name", label={"zh-CN": "宠物名", "en": "Pet's name"}, kind="text", max_length=40),
]

PANELS = [Panel(key="pet", label={"zh-CN": "宠物", "en": "Pet"}, fields=["pet_name", "species"], icon="star")]

RULES = [
    Rule(
        key="vaccination",
        label={"zh-CN": "免疫提醒间隔", "en": "Vaccination reminders"},
        action="outbound_contact",
        citation="Petcare handbook 3.1",
        verdict="warn",
        parameters=["reminder_days"],
        when={"op": "eq", "field": "petcare.species", "value": "dog"},
        reason={"zh-CN": "请先核对免疫记录。", "en": "Check the vaccination record first."},
    )
]

PERSONAL_DATA = [PersonalData(table="petcare_visit", columns=["note"])]
